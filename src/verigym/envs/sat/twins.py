"""A satisfiable twin of an unsatisfiable formula, that differs from it in the sign of one literal.

When a clause is critical (without it there would be a model), such a model makes all its literals
false, so changing the sign of any of them gives a formula that the model satisfies. Where no clause is
critical, because the formula is unsatisfiable for several reasons, more signs are changed, one after
the other. Both twins have the same variables, clauses and lengths, so nothing but reasoning tells them
apart; and the satisfiable one is built around no model.
"""

from __future__ import annotations

import random

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
    for _ in range(MAX_FLIPS):
        changed = formula
        for _ in range(TRIES):
            changed = _flipped(rng, formula)
            if find_model(changed) is not None:
                return changed
        formula = changed
    raise FamilyError(
        f"a formula with {formula.variables} variables and {len(formula.clauses)} clauses stayed "
        f"unsatisfiable although {MAX_FLIPS} of its signs were changed: choose a lower ratio"
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
