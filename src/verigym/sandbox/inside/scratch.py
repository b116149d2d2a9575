"""The scratch directory's contents: unpacked before a run, collected after it, and tidied away.

Everything here is met with suspicion: what a program leaves behind may be links, pipes, a maze of
directories, or names of any bytes.
"""

from __future__ import annotations

import os
import signal
import stat
import struct
from collections.abc import Iterator
from typing import NamedTuple, NoReturn

from verigym.sandbox.inside.linux import SCRATCH

ENTRY = struct.Struct("<HQ")
"""Before each file in an archive: the length of its name and of its content, in bytes."""
MOST_FILES, DEEPEST = 1000, 32


class Keep(NamedTuple):
    """Where to write the archive of kept files, and which to keep."""

    fd: int
    patterns: list[str]


def unpack(archive: int) -> list[str]:
    """Write an archive's files into the working directory; returns the patterns of what to keep."""
    patterns: list[str] = []
    at, end = 0, os.fstat(archive).st_size
    while at < end:
        name_size, size = ENTRY.unpack(os.pread(archive, ENTRY.size, at))
        at += ENTRY.size
        name = os.pread(archive, name_size, at).decode()
        at += name_size
        if name:
            if folder := os.path.dirname(name):
                os.makedirs(folder, exist_ok=True)
            file = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o755)
            _copy(archive, at, file, size)
            os.close(file)
        else:
            patterns = [text for text in os.pread(archive, size, at).decode().split("\0") if text]
        at += size
    return patterns


def hand_over_to(keep: Keep) -> None:
    """Go on in a process of its own; here, wait for it, collect what it leaves, and end as it did."""
    pid = os.fork()
    if pid == 0:
        return
    status = os.waitpid(pid, 0)[1]
    try:
        collect(keep)
    finally:  # an archive that was cut short is seen as such by who reads it
        end_like(os.waitstatus_to_exitcode(status))


def end_like(code: int) -> NoReturn:
    """Exit with a code, or (below 0) by a signal."""
    if code < 0:
        if -code != signal.SIGKILL:
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code & 0xFF)


def collect(keep: Keep) -> None:
    """Write an archive of the regular files whose relative path matches one of the patterns."""
    from fnmatch import fnmatchcase

    count = 0
    for name in walk():
        if not any(fnmatchcase(name, pattern) for pattern in keep.patterns):
            continue
        try:
            file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            continue
        found = os.fstat(file)
        if stat.S_ISREG(found.st_mode):
            label = os.fsencode(name)
            os.write(keep.fd, ENTRY.pack(len(label), found.st_size) + label)
            _copy(file, 0, keep.fd, found.st_size)
            count += 1
        os.close(file)
        if count == MOST_FILES:
            return


def walk() -> Iterator[str]:
    """The relative paths of all that is no directory, in order, not deeper than ``DEEPEST``."""
    folders = [("", 0)]
    while folders:
        folder, depth = folders.pop()
        try:
            entries = sorted(os.scandir(folder or "."), key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in entries:
            name = f"{folder}/{entry.name}" if folder else entry.name
            if not entry.is_dir(follow_symlinks=False):
                yield name
            elif depth < DEEPEST:
                folders.append((name, depth + 1))


def tidy() -> None:
    """Empty the scratch directory, whatever a program made of it.

    Directories below directories are first moved up, so that no depth of nesting can stop us.
    """
    os.chdir(SCRATCH)
    os.chmod(".", 0o700)
    fresh = 0
    while names := os.listdir("."):
        for name in names:
            try:
                os.unlink(name)
                continue
            except IsADirectoryError:
                os.chmod(name, 0o700)
            for inner in os.listdir(name):
                path = f"{name}/{inner}"
                try:
                    os.unlink(path)
                except IsADirectoryError:
                    os.chmod(path, 0o700)
                    while os.path.lexists(target := f"verigym-{fresh}"):
                        fresh += 1
                    os.rename(path, target)
            os.rmdir(name)
    os.chdir("/")


def _copy(source: int, at: int, target: int, size: int) -> None:
    while size:
        done = os.sendfile(target, source, at, min(size, 1 << 30))
        if not done:  # it shrank meanwhile
            return
        at += done
        size -= done
