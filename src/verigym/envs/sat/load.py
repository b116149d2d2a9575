"""Formulas from DIMACS files: one file, or all of a folder, sorted by name."""

from __future__ import annotations

import os
from pathlib import Path

from verigym.errors import FamilyError
from verigym.verifiers import dimacs
from verigym.verifiers.cnf import Formula


def load_formulas(data: str | os.PathLike[str]) -> list[tuple[str, Formula]]:
    """(file name, formula) of a DIMACS file, or of every DIMACS file in a folder.

    Raises:
        FormatError: for a file that cannot be read or breaks the format.
        FamilyError: for a path that is not text, or a folder without DIMACS files.

    """
    if not isinstance(data, str | os.PathLike):
        raise FamilyError(
            f"data is {data!r}; it must be the path of a DIMACS file or of a folder of them"
        )
    path = Path(data)
    files = [path]
    if path.is_dir():
        files = sorted(p for p in path.iterdir() if p.name.lower().endswith(dimacs.SUFFIXES))
        if not files:
            raise FamilyError(f"{path} holds no DIMACS file ({', '.join(dimacs.SUFFIXES)})")
    return [(file.name, dimacs.read(file)) for file in files]
