"""Subsets of the clauses of an unsatisfiable formula: minimal correction sets and minimal cores.

A *correction set* is a set of clauses without which the rest has a model, a *core* one that has no
model by itself. Either is minimal when no proper subset of it is one (MCS, MUS). Both claims are
checked exactly: with few variables by truth tables (:mod:`verigym.verifiers.truth`), else by a SAT
solver under a budget, in a worker (:mod:`verigym.verifiers.search`).

* Some model of the kept clauses that satisfies any removed one shows that it could have been kept. So a
  correction set is minimal when the kept clauses, with one clause of all literals of the removed ones,
  have no model: two calls of the solver.
* A clause of a core is *critical* when some assignment makes it false and no other clause of the core.
  From one such assignment others are reached by flipping variables of the clause, which spares most
  calls: recursive model rotation (J. Marques-Silva, I. Lynce, "On Improving MUS Extraction Algorithms",
  SAT 2011; A. Belov, J. Marques-Silva, "Accelerating MUS Extraction with Recursive Model Rotation",
  FMCAD 2011).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from operator import or_
from typing import Any

from verigym.verifiers import search, truth
from verigym.verifiers.cnf import Formula

TABLE = 16
"""Most variables for which truth tables are used: beyond it the solver is faster."""
CONFLICTS = 200_000
"""Conflicts that one check may cost."""
_BLOCK = 8
"""Clauses whose rows are united once for all answers: a set of few clauses leaves most blocks whole."""
_CACHED_BITS = 1 << 24
"""Largest table of a formula that is kept for the next answer to the same task, 2 MB."""


@dataclass(frozen=True)
class Found:
    """What was found about a set of clauses."""

    holds: bool
    """Whether it is a correction set, or a core."""
    spare: int | None = None
    """The number of a clause that it could do without; None when it is minimal. Nothing is said where
    it does not hold, or only that was asked."""


def correction(formula: Formula, removed: Collection[int], minimal: bool = True) -> Found:
    """Whether the clauses of these numbers (from 1) are a correction set, and a minimal one.

    Raises:
        OutOfBudget: when that takes too many conflicts.
        SandboxError: when there is no worker to search in.

    """
    if formula.variables > TABLE:
        kept = [c for i, c in enumerate(formula.clauses, 1) if i not in removed]
        numbers = sorted(removed)
        out = [formula.clauses[i - 1] for i in numbers]
        payload = [kept, out, minimal]
        holds, spare = search.run("verigym.verifiers.subsets:search_correction", payload)
        return Found(holds, None if spare is None else numbers[spare])
    falsified, blocks = _falsified(formula)
    touched = {(i - 1) // _BLOCK for i in removed}
    false = 0
    for b, union in enumerate(blocks):
        if b not in touched:
            false |= union
            continue
        for i, rows in enumerate(falsified[b * _BLOCK : (b + 1) * _BLOCK], b * _BLOCK + 1):
            if i not in removed:
                false |= rows
    models = truth.table(formula.variables).all ^ false
    if not models or not minimal:
        return Found(bool(models))
    spare = next((i for i in sorted(removed) if models & ~falsified[i - 1]), None)
    return Found(True, spare)


def core(formula: Formula, chosen: Collection[int], minimal: bool = True) -> Found:
    """Whether the clauses of these numbers (from 1) are a core, and a minimal one.

    Raises:
        OutOfBudget: when that takes too many conflicts.
        SandboxError: when there is no worker to search in.

    """
    numbers = sorted(chosen)
    if formula.variables > TABLE:
        clauses = [formula.clauses[i - 1] for i in numbers]
        holds, spare = search.run("verigym.verifiers.subsets:search_core", [clauses, minimal])
        return Found(holds, None if spare is None else numbers[spare])
    falsified, _ = _falsified(formula)
    once, twice = truth.covered(falsified[i - 1] for i in numbers)
    if once != truth.table(formula.variables).all:
        return Found(False)
    if not minimal:
        return Found(True)
    return Found(True, next((i for i in numbers if not falsified[i - 1] & ~twice), None))


def _falsified(formula: Formula) -> tuple[list[int], list[int]]:
    """For each clause the rows that make it false, and the unions of these for blocks of clauses."""
    if len(formula.clauses) << formula.variables <= _CACHED_BITS:
        return _falsified_cached(formula.variables, formula.clauses)
    return _falsified_cached.__wrapped__(formula.variables, formula.clauses)


@lru_cache(maxsize=32)
def _falsified_cached(
    variables: int, clauses: tuple[tuple[int, ...], ...]
) -> tuple[list[int], list[int]]:
    table = truth.table(variables)
    rows = [table.falsified(clause) for clause in clauses]
    starts = range(0, len(rows), _BLOCK)
    return rows, [reduce(or_, rows[start : start + _BLOCK]) for start in starts]


def search_correction(payload: Any) -> tuple[bool, int | None]:
    """:func:`correction`, for a worker: [kept clauses, removed clauses, whether minimality is asked].

    Returns whether it holds, and the index of a removed clause that could be kept.
    """
    kept, removed, minimal = payload
    with search.Solver(kept, CONFLICTS) as solver:
        if not solver.satisfiable():
            return False, None
        if not minimal:
            return True, None
        union = {literal for clause in removed for literal in clause}
        if not any(-literal in union for literal in union):  # else every model satisfies some of them
            solver.add(sorted(union))
            if not solver.satisfiable():
                return True, None
        # A variable that the model leaves out occurs nowhere, so it may have either value.
        true = set(solver.model)
        free = (i for i, clause in enumerate(removed) if any(-x not in true for x in clause))
        return True, next(free, None)


def search_core(payload: Any) -> tuple[bool, int | None]:
    """:func:`core`, for a worker: [clauses, whether minimality is asked].

    Returns whether it holds, and the index of a clause that is not critical.
    """
    clauses = [sorted(set(clause)) for clause in payload[0]]
    minimal = payload[1]
    top = max((abs(literal) for clause in clauses for literal in clause), default=0)
    # Selector top + 1 + i switches clause i on.
    selectors = [top + 1 + i for i in range(len(clauses))]
    both = zip(clauses, selectors, strict=True)
    with search.Solver(([*clause, -selector] for clause, selector in both), CONFLICTS) as solver:
        if solver.satisfiable(selectors):
            return False, None
        if not minimal:
            return True, None
        needed = set(solver.core)
        for i, selector in enumerate(selectors):
            if selector not in needed:
                return True, i
        critical: set[int] = set()
        rotation = Rotation(clauses)
        for i, clause in enumerate(clauses):
            if i in critical:
                continue
            others = selectors[:i] + selectors[i + 1 :]
            false = [-literal for literal in clause]
            if any(-literal in clause for literal in clause) or not solver.satisfiable(others + false):
                return True, i
            true = {literal for literal in solver.model if abs(literal) <= top}
            critical |= rotation.reach(i, true, critical)
    return True, None


class Rotation:
    """Recursive model rotation on a core: from an assignment that makes one clause false to others."""

    def __init__(self, clauses: Sequence[Sequence[int]]) -> None:
        self._clauses = clauses
        self._holding: dict[int, list[int]] = {}
        """By literal: the clauses that hold it."""
        for i, clause in enumerate(clauses):
            for literal in clause:
                self._holding.setdefault(literal, []).append(i)

    def reach(self, start: int, true: set[int], known: Collection[int]) -> set[int]:
        """Critical clauses that are reached by flipping variables, with the one to start from.

        ``true`` holds the literals of an assignment that makes clause ``start`` false and no other;
        clauses in ``known`` are not gone through again.
        """
        self._count = [len(true.intersection(clause)) for clause in self._clauses]
        self._false = {start}
        found = {start}
        path: list[tuple[Iterator[int], int]] = [(iter(self._clauses[start]), 0)]
        while path:
            literals, came_by = path[-1]
            for literal in literals:
                self._flip(literal)
                if len(self._false) == 1:
                    (i,) = self._false
                    if i not in found and i not in known:
                        found.add(i)
                        path.append((iter(self._clauses[i]), literal))
                        break
                self._flip(-literal)
            else:
                path.pop()
                if came_by:
                    self._flip(-came_by)
        return found

    def _flip(self, literal: int) -> None:
        """Make a false literal true, and its negation false."""
        count = self._count
        for i in self._holding.get(literal, ()):
            count[i] += 1
            self._false.discard(i)
        for i in self._holding.get(-literal, ()):
            count[i] -= 1
            if not count[i]:
                self._false.add(i)
