"""Programs, limits and executions as plain JSON, exactly and back.

What crosses a network is foreign on both ways, so decoding is strict: known fields only, exact types,
the bounds of the records themselves. Bytes travel as base64, so whatever a program prints survives.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, cast

from verigym.errors import UserError
from verigym.sandbox.program import Execution, Limit, Limits, Program

Json = dict[str, Any]

_PROGRAM = {field.name for field in fields(Program)}
_LIMITS = {field.name for field in fields(Limits)}
_EXECUTION = {field.name for field in fields(Execution)}


def program_to_json(program: Program) -> Json:
    """A plain dict that ``json.dumps`` takes as it is; fields that say nothing are left out."""
    found: Json = {}
    if program.command:
        found["command"] = list(program.command)
    else:
        found["source"] = _text(cast(bytes, program.source))
    if program.stdin:
        found["stdin"] = _text(cast(bytes, program.stdin))
    if program.data is not None:
        found["data"] = _text(program.data)
    for name in ("scratch", "result"):
        if getattr(program, name):
            found[name] = True
    if program.files:
        found["files"] = _texts(program.files)
    for name in ("keep", "packages"):
        if words := getattr(program, name):
            found[name] = list(words)
    return found


def program_from_json(value: Any, what: str = "program") -> Program:
    """The program that :func:`program_to_json` wrote.

    Raises:
        UserError: for anything else; the message names the field and its rule.
    """
    given = _object(value, what, _PROGRAM)
    known: Json = {}
    for name in ("source", "stdin", "data"):
        if given.get(name) is not None:
            known[name] = _bytes(given[name], f"{what}.{name}")
    for name in ("scratch", "result"):
        if name in given:
            known[name] = _exactly(bool, given[name], f"{what}.{name}")
    for name in ("command", "keep", "packages"):
        if name in given:
            words = _exactly(list, given[name], f"{what}.{name}")
            known[name] = tuple(_exactly(str, word, f"{what}.{name}") for word in words)
    if "files" in given:
        known["files"] = _files(given["files"], f"{what}.files")
    return Program(**known)


def limits_to_json(limits: Limits) -> Json:
    """A plain dict that ``json.dumps`` takes as it is."""
    return dict(vars(limits))


def limits_from_json(value: Any, what: str = "limits") -> Limits:
    """The limits that :func:`limits_to_json` wrote; what is left out has its default.

    Raises:
        UserError: for an unknown name, or a value out of its range.
    """
    given = _object(value, what, _LIMITS)
    for name, limit in given.items():
        if type(limit) not in (int, float, type(None)):
            raise UserError(f"{what}.{name} must be a number, not {_kind(limit)}")
    return Limits(**given)


def execution_to_json(done: Execution) -> Json:
    """A plain dict that ``json.dumps`` takes as it is."""
    return {
        **vars(done),
        "stdout": _text(done.stdout),
        "stderr": _text(done.stderr),
        "result": None if done.result is None else _text(done.result),
        "limit": None if done.limit is None else done.limit.value,
        "files": _texts(done.files),
    }


def execution_from_json(value: Any, what: str = "execution") -> Execution:
    """The execution that :func:`execution_to_json` wrote.

    Raises:
        UserError: for anything else, a contradiction included.
    """
    given = _object(value, what, _EXECUTION)
    if missing := sorted(_EXECUTION - set(given)):
        raise UserError(f"{what} has no field {missing[0]!r}")
    if (given["exit_code"] is None) == (given["signal"] is None):
        raise UserError(f"{what} must have either an exit code or a signal")
    return Execution(
        exit_code=_number(int, given["exit_code"], f"{what}.exit_code", 255, optional=True),
        signal=_number(int, given["signal"], f"{what}.signal", 64, optional=True),
        stdout=_bytes(given["stdout"], f"{what}.stdout"),
        stderr=_bytes(given["stderr"], f"{what}.stderr"),
        stdout_cut=_exactly(bool, given["stdout_cut"], f"{what}.stdout_cut"),
        stderr_cut=_exactly(bool, given["stderr_cut"], f"{what}.stderr_cut"),
        result=None if given["result"] is None else _bytes(given["result"], f"{what}.result"),
        wall_seconds=_number(float, given["wall_seconds"], f"{what}.wall_seconds", 1e9),
        cpu_seconds=_number(float, given["cpu_seconds"], f"{what}.cpu_seconds", 1e9),
        peak_bytes=_number(int, given["peak_bytes"], f"{what}.peak_bytes", 1 << 60),
        tier=_number(int, given["tier"], f"{what}.tier", 9),
        limit=_limit(given["limit"], f"{what}.limit"),
        files=_files(given["files"], f"{what}.files"),
    )


def _object(value: Any, what: str, known: set[str]) -> Mapping[str, Any]:
    if type(value) is not dict:
        raise UserError(f"{what} must be a JSON object, not {_kind(value)}")
    if unknown := sorted(set(value) - known):
        raise UserError(f"{what} has no field {unknown[0][:80]!r}; it has: {', '.join(sorted(known))}")
    return value


def _exactly(kind: type[Any], value: Any, what: str) -> Any:
    if type(value) is not kind:
        raise UserError(f"{what} must be {_KINDS[kind]}, not {_kind(value)}")
    return value


def _number(kind: type[Any], value: Any, what: str, most: float, optional: bool = False) -> Any:
    if value is None and optional:
        return None
    if type(value) is not kind and not (kind is float and type(value) is int):
        raise UserError(f"{what} must be {_KINDS[kind]}, not {_kind(value)}")
    if not 0 <= value <= most:  # false for NaN too
        raise UserError(f"{what} is {value!r}; it must be from 0 to {most}")
    return value


def _limit(value: Any, what: str) -> Limit | None:
    if value is None:
        return None
    _exactly(str, value, what)
    try:
        return Limit(value)
    except ValueError:
        raise UserError(
            f"{what} is {value[:80]!r}; it must be one of {', '.join(limit.value for limit in Limit)}"
        ) from None


def _files(value: Any, what: str) -> dict[str, bytes]:
    files = _exactly(dict, value, what)
    return {name: _bytes(content, f"{what}[{name[:80]!r}]") for name, content in files.items()}


def _bytes(value: Any, what: str) -> bytes:
    if type(value) is not str:
        raise UserError(f"{what} must be base64 text, not {_kind(value)}")
    try:
        return base64.b64decode(value, validate=True)
    except ValueError as error:
        raise UserError(f"{what} is not base64: {error}") from None


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


def _texts(files: Mapping[str, bytes]) -> dict[str, str]:
    return {name: _text(content) for name, content in files.items()}


_KINDS: dict[type[Any], str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text",
    list: "a list",
    dict: "an object",
    type(None): "null",
}


def _kind(value: Any) -> str:
    return _KINDS.get(type(value), type(value).__name__)
