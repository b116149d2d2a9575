"""An LRAT check that takes the hints only as a set of clauses to propagate with: more lenient, as sound."""

from __future__ import annotations

import naive_rup

from verigym.verifiers.cnf import Formula
from verigym.verifiers.lrat import Deletion, Step


def refutes(formula: Formula, steps: list[Step]) -> bool:
    """Whether every step up to the empty clause is RUP or RAT with respect to the clauses held."""
    held = dict(enumerate(formula.clauses, 1))
    for step in steps:
        if isinstance(step, Deletion):
            for i in step.ids:
                del held[i]
            continue
        known = list(held.values())
        if not naive_rup.is_rup(known, step.literals) and not naive_rup.is_rat(known, step.literals):
            return False
        if not step.literals:
            return True
        held[step.id] = step.literals
    return False
