"""The least cost of an assignment, found by two algorithms that have little in common.

One goes down: it asks a SAT solver (CaDiCaL) for ever cheaper assignments, by the very formula that a
certificate refutes, until there is none. The other goes up: RC2 finds sets of soft clauses that cannot
all hold (with Glucose) and relaxes them, until an assignment is left (A. Ignatiev, A. Morgado, J.
Marques-Silva, "RC2: an Efficient MaxSAT Solver", JSAT 2019; as part of PySAT). A cost is used only when
both find the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from verigym.envs.sat.solver import CONFLICTS, Undecided, find_model, satisfiable, solve_within
from verigym.errors import VerigymError
from verigym.verifiers.cnf import Formula
from verigym.verifiers.maxsat import cheaper, cheaper_size
from verigym.verifiers.wcnf import Weighted

Model = tuple[int, ...]

MAX_COUNTER = 400_000
"""Most variables of a formula that is solved on the way down; some seconds."""


def cheapest(formula: Weighted, start: Model | None = None) -> tuple[int, Model] | None:
    """The least cost and an assignment that has it; None when no assignment satisfies the hard clauses.

    ``start`` is one that does, where one is known: the closer to the least, the faster.

    Raises:
        Undecided: when the formula is too hard for the limits.
        VerigymError: when the two algorithms do not agree.

    """
    found = descend(formula, start)
    up = _up(formula)
    if (found and found[0]) != up:
        costs = f"{found and found[0]} or {up}"
        raise VerigymError(f"two MaxSAT algorithms disagree: the least cost is {costs}")
    return found


def descend(formula: Weighted, start: Model | None) -> tuple[int, Model] | None:
    """As :func:`cheapest`, by the way down alone."""
    model = start or find_model(formula.hard_clauses())
    if model is None:
        return None
    cost = _cost(formula, model)
    while cost:
        better = find_model(_cheaper(formula, cost))
        if better is None:
            break
        model = better[: formula.variables]
        if (now := _cost(formula, model)) >= cost:
            raise VerigymError(f"a model of less than the cost {cost} costs {now}")
        cost = now
    return cost, model


def is_least(formula: Weighted, cost: int) -> bool:
    """Whether no assignment costs less, by one call of a solver: to tell formulas that are too easy,
    before the least cost of the others is found in two ways.

    Raises:
        Undecided: when the formula is too hard for the limits.

    """
    return not cost or not satisfiable(_cheaper(formula, cost))


def _cheaper(formula: Weighted, cost: int) -> Formula:
    if cheaper_size(formula, cost) > MAX_COUNTER:
        raise Undecided(
            f"a cost of {cost:,} over {len(formula.soft):,} soft clauses is too much to count: "
            "pose smaller formulas or smaller weights"
        )
    return cheaper(formula, cost)


def _cost(formula: Weighted, model: Sequence[int]) -> int:
    cost = formula.cost(model)
    if cost is None:
        raise VerigymError("a model of the hard clauses does not satisfy them")
    return cost


def _up(formula: Weighted) -> int | None:
    hard = formula.hard_clauses().clauses
    if () in hard:
        return None
    from pysat.examples.rc2 import RC2
    from pysat.formula import WCNF

    wcnf, always = WCNF(), 0
    wcnf.nv = formula.variables
    for clause in hard:
        wcnf.append(list(clause))
    for clause, weight in formula.soft:
        if clause:
            wcnf.append(list(clause), weight=weight)
        else:
            always += weight  # which some releases cannot take
    if not wcnf.soft:
        return always if find_model(formula.hard_clauses()) else None
    with RC2(wcnf, solver="g4") as solver:
        solver.oracle = _Bounded(solver.oracle)
        if solver.compute() is None:
            return None
        return int(solver.cost) + always


class _Bounded:
    """A PySAT solver that gives up after a number of conflicts, for code that knows no limit."""

    def __init__(self, solver: Any) -> None:
        self._solver = solver

    def solve(self, assumptions: Sequence[int] = ()) -> bool:
        return solve_within(self._solver, CONFLICTS, assumptions)

    def solve_limited(self, assumptions: Sequence[int] = (), expect_interrupt: bool = False) -> bool:
        return self.solve(assumptions)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._solver, name)
