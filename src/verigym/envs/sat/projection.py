"""Formulas of which only some variables are shown: two models that differ in the others count as one.

Files say so as in the Model Counting Competitions, by comments ``c p show 1 3 5 0``; several such lines
add up.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from verigym.errors import FormatError
from verigym.verifiers import dimacs
from verigym.verifiers.cnf import Formula

_SHOW = re.compile(rb"c[ \t]+p[ \t]+show(?![^ \t\r\n])(.*)", re.DOTALL)
_VARIABLE = re.compile(rb"[1-9][0-9]{0,9}")


@dataclass(frozen=True)
class Projected(Formula):
    """A formula and the variables whose values are told apart, in increasing order."""

    shown: tuple[int, ...] = ()


def read(path: str | os.PathLike[str]) -> Formula:
    """The formula in a DIMACS file, :class:`Projected` where it says what is shown.

    Raises:
        FormatError: when the file cannot be read or breaks the format, comments ``c p show`` included.

    """
    text = dimacs.file_bytes(path)
    formula = dimacs.parse(text, str(path))
    shown = _shown(text, formula.variables, str(Path(path)))
    return formula if shown is None else Projected(formula.variables, formula.clauses, shown)


def show_line(shown: tuple[int, ...]) -> str:
    """The line of a DIMACS file that says what is shown."""
    return " ".join(["c p show", *map(str, shown), "0"])


def _shown(text: bytes, variables: int, name: str) -> tuple[int, ...] | None:
    found: set[int] = set()
    said = False
    for number, line in enumerate(text.splitlines(), 1):
        match = _SHOW.match(line.strip())
        if match is None:
            continue
        said = True
        words = match.group(1).split()
        if not words or words.pop() != b"0":
            raise FormatError(f"{name}:{number}: 'c p show' does not end with 0")
        for word in words:
            if not _VARIABLE.fullmatch(word) or int(word) > variables:
                shown = ascii(word[:20].decode("latin-1"))
                raise FormatError(f"{name}:{number}: {shown} is not a variable from 1 to {variables}")
            found.add(int(word))
    return tuple(sorted(found)) if said else None
