"""Files that travel into and out of a scratch directory: their names, and one small archive format.

Foreign on both ways: a caller's names must not leave the directory, and what a program leaves behind
comes back under names that it chose. The archive is what crosses the sandbox's border, because a child
can unpack and pack it with a few reads and writes; it is no public format.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from verigym.errors import UserError
from verigym.sandbox.inside.scratch import ENTRY, MOST_FILES

MAX_FILES = MOST_FILES
"""How many files may go in, and how many are given back; also how many directories they make."""
MAX_NAME_BYTES = 1024


def check_files(files: Any) -> dict[str, bytes]:
    """The files with their contents as bytes.

    Raises:
        UserError: for a name that is not a plain relative path, or a content that is no text or bytes.
    """
    if not isinstance(files, Mapping):
        raise UserError(f"files must map names to contents, not be a {type(files).__name__}")
    if len(files) > MAX_FILES:
        raise UserError(f"{len(files)} files; at most {MAX_FILES} are taken")
    found = {}
    for name, content in files.items():
        if (why := _unfit(name)) is not None:
            raise UserError(f"file name {_shown(name)} {why}")
        if isinstance(content, str):
            content = content.encode("utf-8", "surrogatepass")
        if not isinstance(content, bytes):
            raise UserError(f"file {name!r} must hold text or bytes, not {type(content).__name__}")
        found[name] = content
    folders = {name[:at] for name in found for at, letter in enumerate(name) if letter == "/"}
    if len(folders) > MAX_FILES:
        raise UserError(f"the files lie in {len(folders)} directories; at most {MAX_FILES} are made")
    if clash := sorted(folders & set(found)):
        raise UserError(f"{_shown(clash[0])} is both a file and a directory")
    return found


def check_patterns(patterns: Any) -> tuple[str, ...]:
    """The patterns of files to keep.

    Raises:
        UserError: for what is not a sequence of short patterns of relative paths.
    """
    if isinstance(patterns, str | bytes):
        raise UserError(f"keep is a tuple of patterns, not {_shown(patterns)}")
    found = []
    for pattern in patterns:
        if (why := _unfit(pattern)) is not None:
            raise UserError(f"file pattern {_shown(pattern)} {why}")
        found.append(str(pattern))
    return tuple(found)


def pack(files: Mapping[str, bytes], keep: tuple[str, ...] = ()) -> bytes:
    """An archive of files; ``keep`` stands before them, as an entry without a name."""
    parts = [(b"", "\0".join(keep).encode())] + [(name.encode(), data) for name, data in files.items()]
    return b"".join(ENTRY.pack(len(name), len(data)) + name + data for name, data in parts)


def room(files: Mapping[str, bytes]) -> int:
    """Bytes of scratch space that files take, in whole pages, with their directories."""
    return sum(-(-len(data) // 4096) * 4096 + 4096 * name.count("/") for name, data in files.items())


def unpack(archive: bytes) -> dict[str, bytes] | None:
    """The files of an archive that a program may have had a hand in; unfit names are left out.

    None when the archive was cut short.
    """
    found: dict[str, bytes] = {}
    at = 0
    while at + ENTRY.size <= len(archive):
        name_size, size = ENTRY.unpack_from(archive, at)
        if not name_size and not size:
            return found
        start = at + ENTRY.size + name_size
        at = start + size
        if at > len(archive):
            return None
        with contextlib.suppress(UnicodeDecodeError):
            name = archive[start - name_size : start].decode()
            if _unfit(name) is None:
                found[name] = archive[start:at]
    return None


def _unfit(name: Any) -> str | None:
    """Why a name is not a plain relative path, or None when it is one."""
    if type(name) is not str:
        return "is not text"
    try:
        size = len(name.encode())
    except UnicodeEncodeError:
        return "cannot be written in UTF-8"
    if not name or size > MAX_NAME_BYTES:
        return f"must be from 1 to {MAX_NAME_BYTES} bytes long"
    if "\0" in name:
        return "holds a NUL"
    if any(part in ("", ".", "..") or len(part.encode()) > 255 for part in name.split("/")):
        return "must be a plain relative path, without `..`"
    return None


def _shown(name: Any) -> str:
    words = repr(name)
    return words if len(words) <= 80 else f"{words[:80]}..."
