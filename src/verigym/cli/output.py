"""What the commands print: text that cannot command the terminal, tables, JSON and a progress bar."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from verigym.bench.jsonl import write_stdout

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def visible(text: str) -> str:
    """Text with control characters written out: foreign text must not command the terminal."""
    return _CONTROLS.sub(lambda found: found.group().encode("unicode_escape").decode(), text)


def say(text: str) -> None:
    """Print text and a newline on standard output."""
    encoding = (sys.stdout and sys.stdout.encoding) or "utf-8"
    write_stdout(visible(text).encode(encoding, "backslashreplace").decode(encoding) + "\n")


def say_json(value: Any) -> None:
    """Print one JSON object on standard output."""
    say(json.dumps(value, indent=2, allow_nan=False))


def note(text: str) -> None:
    """Print one line on standard error; when nobody listens there, nothing is lost that matters."""
    if sys.stderr is not None:
        with suppress(OSError):
            sys.stderr.write(" ".join(visible(text).split()) + "\n")
            sys.stderr.flush()


def table(rows: Sequence[Sequence[str]]) -> str:
    """Rows as lines of aligned columns; the first row is the heading."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def progress(total: int | None, unit: str, quiet: bool) -> Any:
    """A progress bar on standard error, shown only where that is a terminal."""
    from tqdm import tqdm  # here, because most commands need none

    return tqdm(total=total, unit=unit, disable=True if quiet else None, dynamic_ncols=True)
