"""JSON Lines, read with bounds and written line by line.

Files come from other people and other programs, so a reader names the file and the line of whatever is
wrong, and never holds more than one line of bounded length. Each written line is flushed: what was
judged is on the disk before the next answer is.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, NamedTuple, NoReturn

from verigym.errors import FormatError, UserError

MAX_LINE_BYTES = 64 * 2**20
"""Longest line read: twice the longest accepted answer with every character escaped."""

STDIN = "-"
"""The path that stands for standard input."""


class Line(NamedTuple):
    """One JSON value and where it stood."""

    where: str
    """The file and the line number, for error messages."""
    value: Any

    def as_object(self) -> dict[str, Any]:
        """The value as a JSON object.

        Raises:
            FormatError: when it is another JSON value.

        """
        if not isinstance(self.value, dict):
            raise FormatError(f"{self.where}: expected a JSON object, not {json_type(self.value)}")
        return self.value


def read(path: str) -> Iterator[Line]:
    """The values of a JSON Lines file, lazily; blank lines are skipped and ``-`` is standard input.

    Raises:
        FormatError: when the file cannot be read, or a line is too long, not UTF-8 or not JSON.

    """
    name = "standard input" if path == STDIN else repr(path)
    number = 0
    if path == STDIN and sys.stdin is None:
        raise FormatError("cannot read standard input: it is closed")
    try:
        with nullcontext(sys.stdin.buffer) if path == STDIN else open(path, "rb") as stream:
            while raw := stream.readline(MAX_LINE_BYTES + 1):
                number += 1
                where = f"{name}, line {number}"
                if len(raw) > MAX_LINE_BYTES:
                    raise FormatError(f"{where} is longer than {MAX_LINE_BYTES} bytes")
                if raw.strip():
                    yield Line(where, _parse(raw, where))
    except OSError as error:
        raise FormatError(f"cannot read {name}: {error.strerror or error}") from None


def json_type(value: Any) -> str:
    """What JSON calls the type of a value, with its article."""
    if value is None:
        return "null"
    names = {bool: "a boolean", int: "a number", float: "a number", str: "a string", list: "an array"}
    return names.get(type(value), "an object")


def _parse(raw: bytes, where: str) -> Any:
    try:
        return json.loads(raw.decode("utf-8"), parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        raise FormatError(f"{where} is not UTF-8 text (byte {error.start}); is it binary?") from None
    except RecursionError:
        raise FormatError(f"{where} is nested too deeply") from None
    except ValueError as error:
        raise FormatError(f"{where} is not JSON: {error}") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON value")


@contextmanager
def writing(path: str | None, *, append: bool = False) -> Iterator[Callable[[Any], None]]:
    """A function that writes one value to a file; a path of None is standard output.

    Raises:
        UserError: when the file cannot be opened or written (a full disk, a closed pipe, ...).

    """
    if path is None:
        yield lambda value: write_stdout(_line(value))
        return
    with _naming(path):
        # Unbuffered, so that a failed write is reported once and not again on closing.
        file = open(path, "ab" if append else "wb", buffering=0)  # noqa: SIM115

    def write(value: Any) -> None:
        rest = memoryview(_line(value).encode())
        with _naming(path):
            while rest:
                rest = rest[file.write(rest) :]

    try:
        yield write
    finally:
        with _naming(path):
            file.close()


def write_stdout(text: str) -> None:
    """Write text to standard output and flush it.

    Raises:
        UserError: when it is closed, broken or full.

    """
    if sys.stdout is None:
        raise UserError("cannot write standard output: it is closed")
    with _naming(None):
        sys.stdout.write(text)
        sys.stdout.flush()


def _line(value: Any) -> str:
    return json.dumps(value, allow_nan=False) + "\n"


@contextmanager
def _naming(path: str | None) -> Iterator[None]:
    """Turn the system's errors into one that names the file."""
    try:
        yield
    except OSError as error:
        name = "standard output" if path is None else repr(path)
        raise UserError(f"cannot write {name}: {error.strerror or error}") from None


def must_be_new(path: str | None, advice: str) -> None:
    """Refuse to overwrite a file that holds something.

    Raises:
        UserError: when ``path`` is a regular file and not empty.

    """
    if path is not None and os.path.isfile(path) and os.path.getsize(path) > 0:
        raise UserError(f"{path!r} already holds something; {advice}")


def drop_torn_line(path: str) -> None:
    """Cut off what follows the last newline of a file: the line being written when its writer died.

    Raises:
        UserError: when the file cannot be read or cut.

    """
    with _naming(path), open(path, "r+b") as file:
        end, newline = file.seek(0, os.SEEK_END), -1
        while end and newline < 0:
            begin = max(0, end - 2**16)
            file.seek(begin)
            newline = file.read(end - begin).rfind(b"\n")
            end = begin + newline + 1
        file.truncate(end)
