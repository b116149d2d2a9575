"""Formulas from DIMACS and WCNF files: one file, or all of a folder, sorted by name."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from verigym.errors import FamilyError
from verigym.verifiers import dimacs, wcnf
from verigym.verifiers.cnf import Formula

WITH_WEIGHTS = (*wcnf.SUFFIXES, *dimacs.SUFFIXES)
"""How the names end of what :func:`read_weighted` reads."""


def load_formulas(
    data: str | os.PathLike[str],
    read: Callable[[Path], Formula] = dimacs.read,
    suffixes: tuple[str, ...] = dimacs.SUFFIXES,
) -> list[tuple[str, Formula]]:
    """(file name, formula) of a DIMACS file, or of every DIMACS file in a folder, as ``read`` reads it.

    Raises:
        FormatError: for a file that cannot be read or breaks the format.
        FamilyError: for a path that is not text, or a folder without such files.

    """
    if not isinstance(data, str | os.PathLike):
        raise FamilyError(
            f"data is {data!r}; it must be the path of a DIMACS file or of a folder of them"
        )
    path = Path(data)
    files = [path]
    if path.is_dir():
        files = sorted(p for p in path.iterdir() if p.name.lower().endswith(suffixes))
        if not files:
            raise FamilyError(f"{path} holds no DIMACS file ({', '.join(suffixes)})")
    return [(file.name, read(file)) for file in files]


def read_weighted(path: Path) -> Formula:
    """A WCNF file by its name, else a DIMACS file.

    Raises:
        FormatError: when it cannot be read or breaks its format.

    """
    if path.name.lower().endswith(wcnf.SUFFIXES):
        return wcnf.read(path)
    return dimacs.read(path)
