"""The backbone of a formula, the literals that hold in all its models, by two methods that must agree.

*One at a time*: a literal of some model is in the backbone when the formula has no model with its
negation; each model that turns up instead rules out the candidates that it lacks (CaDiCaL). *All at
once*: up to 20 variables the truth table shows it; above, a clause says that some candidate is false,
and either a model rules some out, or there is none and the candidates that are left are the backbone
(Glucose).

Source of both: M. Janota, I. Lynce, J. Marques-Silva, "Algorithms for Computing Backbones of
Propositional Formulae", AI Communications 28 (2015), in their plain forms.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from verigym.envs.sat.bank import constants, guesses
from verigym.envs.sat.solver import CONFLICTS, Undecided, solve_within
from verigym.envs.sat.units import propagate
from verigym.errors import VerigymError
from verigym.verifiers import truth
from verigym.verifiers.cnf import Formula

Literals = tuple[int, ...]


@lru_cache(maxsize=64)
def backbone(formula: Formula) -> Literals | None:
    """The literals that hold in every model, in the order of their variables; None without a model.

    Raises:
        Undecided: when it is too hard for the solver's limit.
        VerigymError: when the two methods disagree.

    """
    found = one_at_a_time(formula)
    again = (by_table if formula.variables <= truth.MAX_VARIABLES else all_at_once)(formula)
    if found != again:
        raise VerigymError(f"two ways of finding the same backbone disagree: {found} and {again}")
    return found


def one_at_a_time(formula: Formula) -> Literals | None:
    """The backbone by a call of the solver for each candidate."""
    if () in formula.clauses:  # which some releases cannot take
        return None
    from pysat.solvers import Cadical195  # here and below, since judging must not pay for loading it

    proved: list[int] = []
    with Cadical195(bootstrap_with=formula.clauses) as solver:
        if not _solve(solver):
            return None
        candidates = set(solver.get_model())
        while candidates:
            literal = candidates.pop()
            if _solve(solver, -literal):
                candidates &= set(solver.get_model())
            else:
                proved.append(literal)
                solver.add_clause([literal])
    return _in_order(proved)


def all_at_once(formula: Formula) -> Literals | None:
    """The backbone by a call of the solver for each model that rules candidates out."""
    if () in formula.clauses:
        return None
    from pysat.solvers import Glucose4

    switch = formula.variables
    with Glucose4(bootstrap_with=formula.clauses) as solver:
        if not _solve(solver):
            return None
        candidates = set(solver.get_model())
        while candidates:
            switch += 1
            solver.add_clause([-switch, *(-literal for literal in sorted(candidates))])
            if not _solve(solver, switch):
                break
            candidates &= set(solver.get_model())
    return _in_order(candidates)


def by_table(formula: Formula) -> Literals | None:
    """The backbone of a formula of few variables by all of its models."""
    rows = truth.table(formula.variables)
    models = rows.models(formula.clauses)
    if not models:
        return None
    variables = range(1, formula.variables + 1)
    literals = [literal for v in variables for literal in (v, -v)]
    return tuple([literal for literal in literals if not models & rows.where(-literal)])


def floor(formula: Formula, backbone: Literals) -> int:
    """The best score that needs no search.

    It is the best of: one literal; the literals of any one model, which hold all of the backbone; and
    from each of these lists the first few, as many as happen to score best: what unit propagation gives
    and then the most one-sided literals, all true, all false, the majority polarities, 32 random
    assignments.
    """
    members = set(backbone)
    best = max(1, 2 * len(backbone) - formula.variables)
    for order in (*one_sided(formula), *constants(formula), *guesses(formula)):
        reached = 0
        for literal in order:
            reached += 1 if literal in members else -1
            best = max(best, reached)
    return best


def one_sided(formula: Formula) -> list[list[int]]:
    """What unit propagation gives and then the other literals that occur, most one-sided first.

    In two orders: by how much more often a literal occurs than its negation, and by their ratio, which
    begins with those that occur in one polarity alone.
    """
    forced, left = propagate(formula.clauses) or (set(), [])
    times = Counter(literal for clause in left for literal in clause)
    literals = [x for x in times if times[x] > times[-x] or (x > 0 and times[x] == times[-x])]
    by_difference = sorted(literals, key=lambda x: (times[-x] - times[x], abs(x)))
    by_ratio = sorted(literals, key=lambda x: (times[-x] / times[x], -times[x], abs(x)))
    return [[*_in_order(forced), *order] for order in (by_difference, by_ratio)]


def _in_order(literals: Iterable[int]) -> Literals:
    return tuple(sorted(literals, key=abs))


def _solve(solver: Any, *assumptions: int) -> bool:
    """As :func:`solve_within`, with one limit for all calls of a solver together."""
    left = CONFLICTS - int(solver.accum_stats()["conflicts"])
    if left <= 0:
        raise Undecided(
            f"finding its backbone takes more than {CONFLICTS:,} conflicts: pose smaller formulas"
        )
    return solve_within(solver, left, assumptions)
