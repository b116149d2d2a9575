"""Reading records that somebody else wrote: JSONL, plain or gzipped, or a list of dicts; bounded."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from verigym.errors import FormatError

MAX_LINE = 64 << 20
MAX_RECORDS = 1_000_000

Source = str | Path | Iterable[Mapping[str, Any]]


def read_records(data: Source) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(where, record) for each record; ``where`` names it in error messages.

    Raises:
        FormatError: when a file cannot be read or a line is not a JSON object.
    """
    if isinstance(data, str | Path):
        yield from _read_file(Path(data))
        return
    for index, record in enumerate(data):
        if not isinstance(record, Mapping):
            raise FormatError(f"record {index} is a {type(record).__name__}, not a mapping")
        yield f"record {index}", record


def _read_file(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
            for number in range(1, MAX_RECORDS + 1):
                line = file.readline(MAX_LINE + 1)
                if not line:
                    return
                if len(line) > MAX_LINE:
                    raise FormatError(f"{path}, line {number}: longer than {MAX_LINE} bytes")
                if line.strip():
                    yield f"{path}, line {number}", _parse(line, f"{path}, line {number}")
    except (OSError, EOFError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise FormatError(f"cannot read {path}: {reason}") from None
    raise FormatError(f"{path} has more than {MAX_RECORDS} records")


def _parse(line: bytes, where: str) -> Mapping[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise FormatError(f"{where}: not JSON: {error}") from None
    if not isinstance(record, dict):
        raise FormatError(f"{where}: a {type(record).__name__}, not an object")
    return record


def field(record: Mapping[str, Any], name: str, kind: type, where: str) -> Any:
    """A record's field of a type.

    Raises:
        FormatError: when it is missing or of another type.
    """
    if name not in record:
        raise FormatError(f"{where}: no field {name!r}")
    if not isinstance(record[name], kind):
        found = type(record[name]).__name__
        raise FormatError(f"{where}: field {name!r} is a {found}, not a {kind.__name__}")
    return record[name]
