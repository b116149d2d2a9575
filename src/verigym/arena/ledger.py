"""A run's folder: one file of JSON Lines that is only ever appended to.

Its first line is the header, then there is a line for each turn, by round and by task. A line
counts once its newline is there, so a run that was killed at any moment goes on behind its last
whole line. No line holds a time or a number of a process: what the same players do again is the
same, byte for byte.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

from verigym.arena.config import FORMAT, Config
from verigym.bench import jsonl
from verigym.errors import FormatError, UserError

NAME = "run.jsonl"
Write = Callable[[Mapping[str, Any]], None]


def path_of(folder: str | Path) -> str:
    """The file of a run's folder."""
    return str(Path(folder) / NAME)


@contextmanager
def opened(
    folder: str | Path, header: Mapping[str, Any], resume: bool
) -> Iterator[tuple[list[dict[str, Any]], Write]]:
    """(the turns that the folder holds, a function that appends one), for the time of a ``with`` block.

    Raises:
        UserError: when the folder cannot be written, another process writes it, it holds a run and
            ``resume`` is false, or its run is another than the header says.
        FormatError: when its file is none of a run's.
    """
    path = path_of(folder)
    with _locked(folder):
        if not resume:
            jsonl.must_be_new(path, "--resume continues it; or choose another folder")
        turns = _turns(path, header) if os.path.exists(path) else []
        fresh = not os.path.exists(path) or not os.path.getsize(path)
        with jsonl.writing(path, append=True) as write:
            if fresh:
                write(header)
            yield turns, write


def read(folder: str | Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """(header, turns) of a run, as far as it went.

    Raises:
        FormatError: when the folder holds no run.
    """
    path = path_of(folder)
    lines = _whole(path)
    if not lines or not _is_header(lines[0]):
        raise FormatError(f"{path!r} is no run of the arena, or one of another version")
    _check_turns(path, lines[1:], len(lines[0]["tasks"]))
    return lines[0], lines[1:]


def _is_header(value: dict[str, Any]) -> bool:
    tasks, config = value.get("tasks"), value.get("config")
    if value.get("kind") != "run" or value.get("format") != FORMAT or not isinstance(config, dict):
        return False
    if not isinstance(tasks, list) or set(config) != {one.name for one in fields(Config)}:
        return False
    try:
        Config(**config)
    except UserError:
        return False
    return all(type(one) is dict and type(one.get("held")) is int for one in tasks)


def _is_turn(value: dict[str, Any]) -> bool:
    """Whether a line has what is counted of a turn."""
    answers, suite, pool = value.get("answers"), value.get("suite"), value.get("pool")
    return (
        isinstance(answers, list)
        and all(type(one) is dict and set(one) >= _ANSWER for one in answers)
        and isinstance(suite, dict)
        and set(suite) >= _SUITE
        and isinstance(suite["tests"], list)
        and isinstance(pool, dict)
        and all(type(pool.get(name)) is int for name in ("tests", "wrong", "alive"))
        and isinstance(value.get("held"), list)
    )


_ANSWER = frozenset({"status", "reward", "truth", "answer", "sample", "joined"})
_SUITE = frozenset({"status", "tests", "given", "valid", "reward"})


def _whole(path: str) -> list[dict[str, Any]]:
    """The lines of a file that end with a newline; the last may be just being written."""
    with open(path, "rb") if os.path.exists(path) else _missing(path) as file:
        file.seek(0, os.SEEK_END)
        size = file.tell()
        file.seek(max(0, size - 1))
        torn = size > 0 and file.read(1) != b"\n"
    found: list[dict[str, Any]] = []
    lines = jsonl.read(path)
    while True:
        try:
            line = next(lines, None)
        except FormatError:
            if torn and next(lines, None) is None:
                return found
            raise
        if line is None:
            return found[:-1] if torn else found
        found.append(line.as_object())


def _missing(path: str) -> Any:
    raise FormatError(f"cannot read {path!r}: there is no run of the arena")


def _turns(path: str, header: Mapping[str, Any]) -> list[dict[str, Any]]:
    jsonl.drop_torn_line(path)
    lines = [line.as_object() for line in jsonl.read(path)]
    if not lines:
        return []
    for name, value in header.items():
        if lines[0].get(name) != value:
            what = _difference(lines[0].get(name), value)
            raise UserError(f"{path!r} is another run: its {name} differs{what}; choose another folder")
    _check_turns(path, lines[1:], len(header["tasks"]))
    return lines[1:]


def _difference(old: Any, new: Any) -> str:
    if not isinstance(old, dict) or not isinstance(new, dict):
        return ""
    name = next((name for name in new if old.get(name) != new[name]), "")
    return f" ({name} was {old.get(name)!r} and is {new.get(name)!r})" if name else ""


def _check_turns(path: str, turns: list[dict[str, Any]], tasks: int) -> None:
    for place, turn in enumerate(turns):
        if (turn.get("round"), turn.get("task")) != divmod(place, tasks or 1) or not _is_turn(turn):
            raise FormatError(f"{path!r}, line {place + 2} is not the turn that comes there")


@contextmanager
def _locked(folder: str | Path) -> Iterator[None]:
    """Keep other processes from writing the same run."""
    try:
        os.makedirs(folder, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise UserError(f"cannot use {str(folder)!r} as a folder: {error.strerror or error}") from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise UserError(f"{str(folder)!r} is being written by another process") from None
        yield
    finally:
        os.close(descriptor)
