"""SATQuest's published records: an unsatisfiable formula and a satisfiable one that goes with it.

A record has ``id``, ``sat_dimacs`` and ``unsat_dimacs``, and may say ``num_variable``, ``num_clause``
and ``num_literal``, which must then be true of both; ``solver_metadatas`` is not used. A family takes
the member that it is about. One that is about both takes both as a pair, in an order that a coin
decides: what a task shows of where it is from must not tell which member it is.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from verigym import seeding
from verigym.envs.records import Source, field, read_records
from verigym.errors import FamilyError
from verigym.verifiers import dimacs
from verigym.verifiers.cnf import Formula

SUFFIXES = (".jsonl", ".json", ".jsonl.gz", ".json.gz")
"""How the name of a file of records ends."""
MAX_ID = 200

_NEEDED = ("id", "sat_dimacs", "unsat_dimacs")
_COUNTS = ("num_variable", "num_clause", "num_literal")
_KNOWN = {*_NEEDED, *_COUNTS, "solver_metadatas"}


@dataclass(frozen=True)
class Member:
    """One formula of a record."""

    source: str
    """The record's id; of a pair also 0 or 1, by a coin."""
    formula: Formula
    pair: int | None = None
    """The position of the record, when both its formulas are taken."""


def holds_records(data: Any) -> bool:
    """Whether this is for :func:`load_records`: a path by its name, or several of anything."""
    if isinstance(data, str | os.PathLike):
        return os.fspath(data).lower().endswith(SUFFIXES)
    return isinstance(data, Iterable) and not isinstance(data, Mapping | bytes)


def load_records(data: Any, satisfiable: bool | None) -> list[Member]:
    """The formulas of all records of a file or an iterable of dicts, in order.

    Args:
        data: what :func:`verigym.envs.records.read_records` reads.
        satisfiable: which member to take; None for both, one after the other.

    Raises:
        FamilyError: for a record that breaks these rules, an id that is there twice, and no records.
        FormatError: for DIMACS text that breaks the format.

    """
    source: Source = Path(data) if isinstance(data, str | os.PathLike) else data
    members: list[Member] = []
    seen: set[str] = set()
    for index, (where, record) in enumerate(read_records(source)):
        name, pair = _read(record, where)
        if name in seen:
            raise FamilyError(f"{where}: the id {name} is there twice")
        seen.add(name)
        if satisfiable is None:
            members += _in_some_order(index, name, pair)
        else:
            members.append(Member(name, pair[not satisfiable]))
    if not members:
        raise FamilyError("the data holds no record")
    return members


def _in_some_order(index: int, name: str, pair: tuple[Formula, Formula]) -> list[Member]:
    coin = random.Random(seeding.derive("satquest", name, *(formula.clauses for formula in pair)))
    first = coin.getrandbits(1)
    return [Member(f"{name}/{i}", pair[first ^ i], index) for i in (0, 1)]


def _read(record: Mapping[str, Any], where: str) -> tuple[str, tuple[Formula, Formula]]:
    """The id and the formulas of a record, the satisfiable one first."""
    if unknown := sorted(str(name) for name in record if name not in _KNOWN):
        raise FamilyError(
            f"{where}: unknown field {unknown[0]!r:.80}; a record of SATQuest has "
            f"{', '.join((*_NEEDED, *_COUNTS, 'solver_metadatas'))}"
        )
    sat, unsat = (
        dimacs.parse(field(record, name, str, where), f"{where}: {name}") for name in _NEEDED[1:]
    )
    for values in zip(_COUNTS, _sizes(sat), _sizes(unsat), strict=True):
        _check_count(record, where, *values)
    if sat == unsat:
        raise FamilyError(f"{where}: sat_dimacs and unsat_dimacs are the same formula")
    return _id(record, where), (sat, unsat)


def _sizes(formula: Formula) -> tuple[int, int, int]:
    return formula.variables, len(formula.clauses), sum(map(len, formula.clauses))


def _check_count(record: Mapping[str, Any], where: str, name: str, sat: int, unsat: int) -> None:
    if sat != unsat:
        raise FamilyError(f"{where}: {name} is {sat} of sat_dimacs, but {unsat} of unsat_dimacs")
    value = record.get(name, sat)
    if type(value) is not int or value != sat:
        raise FamilyError(f"{where}: {name} is {value!r:.80}, but the formulas have {sat}")


def _id(record: Mapping[str, Any], where: str) -> str:
    value = record.get("id")
    whole = type(value) is int and abs(value) < 1 << 63
    if not whole and not (isinstance(value, str) and 0 < len(value) <= MAX_ID):
        raise FamilyError(
            f"{where}: id is {value!r:.80}; it must be an int or a text of 1 to {MAX_ID} characters"
        )
    return str(value)
