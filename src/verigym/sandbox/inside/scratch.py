"""The scratch directory's contents: unpacked before a run, collected after it, and tidied away.

Everything here is met with suspicion: what a program leaves behind may be links, pipes, a maze of
directories, or names of any bytes. Whoever collects it holds nothing that is worth taking over, and
imports nothing any more: modules may lie there too.
"""

from __future__ import annotations

import contextlib
import os
import signal
import stat
import struct
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import NamedTuple, NoReturn

from verigym.sandbox.inside.linux import SCRATCH, SHARED_MEMORY

ENTRY = struct.Struct("<HQ")
"""Before each file in an archive: the length of its name and of its content, in bytes. One without
either ends an archive of kept files: without it, the archive was cut short."""
MOST_FILES, DEEPEST = 1000, 32


class Keep(NamedTuple):
    """Where to write the archive of kept files, which to keep, and how many bytes at most."""

    fd: int
    patterns: list[str]
    most: int


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
        os.close(keep.fd)
        return
    status = os.waitpid(pid, 0)[1]
    try:
        with contextlib.suppress(OSError):  # there is nobody left, most often
            os.kill(-1, signal.SIGKILL)  # what still runs shall change nothing any more
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
    """Write an archive of the regular files whose relative path matches one of the patterns.

    It ends early, without its end, when there are more files or bytes than are taken.
    """
    count = size = 0
    for name in walk():
        if not any(fnmatchcase(name, pattern) for pattern in keep.patterns):
            continue
        try:
            file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            continue
        found = os.fstat(file)
        if stat.S_ISREG(found.st_mode):
            count += 1
            size += ENTRY.size + len(os.fsencode(name)) + found.st_size
            if count > MOST_FILES or size > keep.most:
                return
            _add(keep.fd, os.fsencode(name), file, found.st_size)
        os.close(file)
    os.write(keep.fd, ENTRY.pack(0, 0))


def _add(archive: int, name: bytes, file: int, size: int) -> None:
    """Add a file; its size is written last, in case that it shrinks meanwhile."""
    start = os.lseek(archive, 0, os.SEEK_CUR)
    os.write(archive, ENTRY.pack(len(name), 0) + name)
    copied = _copy(file, 0, archive, size)
    os.pwrite(archive, ENTRY.pack(len(name), copied), start)


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
    """Empty the places that outlive a run in a container, whatever a program made of them."""
    os.chdir(SHARED_MEMORY)
    empty()
    os.chmod(SCRATCH, 0o700)
    os.chdir(SCRATCH)
    empty()
    os.utime(".", (0, 0))  # it would tell the next run what this one wrote there
    os.chdir("/")


def empty() -> None:
    """Empty the working directory.

    Directories below directories are first moved up, so that no depth of nesting can stop us.
    """
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


def _copy(source: int, at: int, target: int, size: int) -> int:
    """Copy bytes; returns how many there were."""
    end = at + size
    while at < end and (done := os.sendfile(target, source, at, min(end - at, 1 << 30))):
        at += done
    return size - (end - at)
