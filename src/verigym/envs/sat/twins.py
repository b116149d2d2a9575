"""A satisfiable twin of an unsatisfiable formula, that differs from it in the sign of one literal.

When a clause is critical (without it there would be a model), such a model makes all its literals
false, so changing the sign of any of them gives a formula that the model satisfies. Where no clause is
critical, because the formula is unsatisfiable for several reasons, more signs are changed, one after
the other. Both twins have the same variables, clauses and lengths, so nothing but reasoning tells them
apart; and the satisfiable one is built around no model.

In crafted formulas every variable occurs equally often with each sign, or in some other pattern that
one changed sign would break. There a *balanced* twin swaps the signs of two occurrences of a variable,
a positive and a negative one, so that every literal occurs as often in the one as in the other.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from verigym.envs.sat.solver import find_model
from verigym.errors import FamilyError
from verigym.verifiers.cnf import Formula

TRIES = 64
"""Clauses to try before a change is kept that did not suffice."""
MAX_FLIPS = 64


def satisfiable_twin(rng: random.Random, formula: Formula) -> Formula:
    """The twin of an unsatisfiable formula, without repeated clauses where it has none.

    Raises:
        FamilyError: when too many signs would have to change.
        Undecided: when the formula is too hard for the solver's limit.

    """
    return _changed(rng, formula, _flipped)


def balanced_twin(rng: random.Random, formula: Formula) -> Formula:
    """A twin, as above, in which every literal occurs as often as in the formula.

    Raises:
        FamilyError: when too many signs would have to change.
        Undecided: when a formula on the way is too hard for the solver's limit.

    """
    return _changed(rng, formula, _swapped)


def _changed(
    rng: random.Random, formula: Formula, change: Callable[[random.Random, Formula], Formula]
) -> Formula:
    for _ in range(MAX_FLIPS):
        changed = formula
        for _ in range(TRIES):
            changed = change(rng, formula)
            if find_model(changed) is not None:
                return changed
        formula = changed
    raise FamilyError(
        f"a formula with {formula.variables} variables and {len(formula.clauses)} clauses stayed "
        f"unsatisfiable although {MAX_FLIPS} of its signs were changed: choose a lower ratio, or less "
        "padding"
    )


def _flipped(rng: random.Random, formula: Formula) -> Formula:
    """The formula with the sign of one random literal changed, such that no clause is there twice."""
    clauses = formula.clauses
    present = set(map(frozenset, clauses))
    for _ in range(TRIES):
        i = rng.randrange(len(clauses))
        if not clauses[i]:
            continue
        j = rng.randrange(len(clauses[i]))
        clause = (*clauses[i][:j], -clauses[i][j], *clauses[i][j + 1 :])
        if frozenset(clause) not in present:
            return Formula(formula.variables, (*clauses[:i], clause, *clauses[i + 1 :]))
    raise FamilyError("no sign of this formula can be changed without repeating a clause")


def _swapped(rng: random.Random, formula: Formula) -> Formula:
    """The formula with a positive and a negative occurrence of one variable swapped, likewise."""
    clauses = list(formula.clauses)
    present = set(map(frozenset, clauses))
    places: dict[int, list[tuple[int, int]]] = {}
    for i, clause in enumerate(clauses):
        for j, literal in enumerate(clause):
            places.setdefault(literal, []).append((i, j))
    for _ in range(TRIES):
        variable = 1 + rng.randrange(formula.variables)
        pair = [places.get(literal, []) for literal in (variable, -variable)]
        if not all(pair):
            continue
        ends = [found[rng.randrange(len(found))] for found in pair]
        new = {i: (*clauses[i][:j], -clauses[i][j], *clauses[i][j + 1 :]) for i, j in ends}
        sets = set(map(frozenset, new.values()))
        if len(sets) == 2 and not sets & present:
            return Formula(
                formula.variables, tuple([new.get(i, clause) for i, clause in enumerate(clauses)])
            )
    raise FamilyError("no signs of this formula can be swapped without repeating a clause")
