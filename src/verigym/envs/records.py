"""Reading records that somebody else wrote: JSONL or one JSON array, plain or gzipped, or a list of
dicts; bounded.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from verigym.errors import FamilyError

MAX_LINE = 64 << 20
MAX_ARRAY = 256 << 20
"""Bytes of a file that is one JSON array; it is read whole."""
MAX_RECORDS = 1_000_000

Source = str | Path | Iterable[Mapping[str, Any]]


def read_records(data: Source) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(where, record) for each record; ``where`` names it in error messages.

    Raises:
        FamilyError: when a file cannot be read or a line is not a JSON object.
    """
    if isinstance(data, str | Path):
        yield from _read_file(Path(data))
        return
    if isinstance(data, Mapping | bytes) or not isinstance(data, Iterable):
        raise FamilyError(f"data is a {type(data).__name__}; it must be a path or a list of records")
    for index, record in enumerate(data):
        if not isinstance(record, Mapping):
            raise FamilyError(f"record {index} is a {type(record).__name__}, not a mapping")
        yield f"record {index}", record


def _read_file(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if _is_array(path):
        yield from _read_array(path)
        return
    count = 0
    for number, line in enumerate(_lines(path), 1):
        where = f"{path}, line {number}"
        if len(line) > MAX_LINE:
            raise FamilyError(f"{where}: longer than {MAX_LINE} bytes")
        if line.strip():
            count += 1
            yield where, _parse(line, where)
        if max(count, number - count) > MAX_RECORDS:
            raise FamilyError(f"{path} has more than {MAX_RECORDS} records, or empty lines")


def _lines(path: Path) -> Iterator[bytes]:
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
            while line := file.readline(MAX_LINE + 1):
                yield line
    except (OSError, EOFError, ValueError, zlib.error) as error:  # a path with NUL is a ValueError
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise FamilyError(f"cannot read {path}: {reason}") from None


def _is_array(path: Path) -> bool:
    first = next((line for line in _lines(path) if line.strip()), b"")
    return first.lstrip().startswith(b"[")


def _read_array(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    text, size = [], 0
    for line in _lines(path):
        size += len(line)
        if size > MAX_ARRAY:
            raise FamilyError(f"{path}: an array of more than {MAX_ARRAY} bytes; write it as JSONL")
        text.append(line)
    try:
        records = json.loads(b"".join(text))
    except (ValueError, RecursionError) as error:
        raise FamilyError(f"{path}: not JSON: {str(error)[:200]}") from None
    for index, record in enumerate(records):
        where = f"{path}, record {index}"
        if not isinstance(record, dict):
            raise FamilyError(f"{where}: a {type(record).__name__}, not an object")
        yield where, record


def _parse(line: bytes, where: str) -> Mapping[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise FamilyError(f"{where}: not JSON: {error}") from None
    if not isinstance(record, dict):
        raise FamilyError(f"{where}: a {type(record).__name__}, not an object")
    return record


def field(record: Mapping[str, Any], name: str, kind: type, where: str) -> Any:
    """A record's field of a type.

    Raises:
        FamilyError: when it is missing or of another type.
    """
    if name not in record:
        raise FamilyError(f"{where}: no field {name!r}")
    if not isinstance(record[name], kind):
        found = type(record[name]).__name__
        raise FamilyError(f"{where}: field {name!r} is a {found}, not a {kind.__name__}")
    return record[name]


def arguments(
    record: Mapping[str, Any], where: str, needed: Mapping[str, type], optional: Iterable[str]
) -> dict[str, Any]:
    """A record as keyword arguments: the fields that it must have, by type, and those that it may.

    Raises:
        FamilyError: when one is missing, of another type or unknown.
    """
    known = {*needed, *optional}
    if unknown := sorted(str(name) for name in record if name not in known):
        raise FamilyError(
            f"{where}: unknown field {unknown[0]!r}; there are {', '.join(sorted(known))}"
        )
    needs = {name: field(record, name, kind, where) for name, kind in needed.items()}
    return {**record, **needs}
