"""Ways to say the same at greater length: each changes a formula's clauses and none of its models.

A clause is *weakened* when a copy with one more literal is added, *split* when it is replaced by two
copies, with a variable and with its negation, and *stretched* when a literal is added to it whose
negation another clause forces wherever the rest of the clause is false. A *resolvent* follows from two
clauses that clash in one variable (Davis and Putnam 1960).
"""

from __future__ import annotations

import random
from collections.abc import Callable

from verigym.envs.sat.shapes.scramble import shuffled
from verigym.verifiers.cnf import Formula

MAX_LENGTH = 6
"""Longest clause that is made."""
TRIES = 50
"""Attempts at one change before it is left out."""

Clause = frozenset[int]


def inject(rng: random.Random, formula: Formula, changes: int) -> Formula:
    """An equivalent formula after so many changes, in another order; no clause is there twice."""
    clauses = dict.fromkeys(map(frozenset, formula.clauses))
    for _ in range(changes):
        change = _CHANGES[rng.randrange(len(_CHANGES))]
        for _ in range(TRIES):
            if change(rng, clauses, formula.variables):
                break
    ordered = shuffled(rng, list(clauses))
    return Formula(
        formula.variables, tuple([tuple(shuffled(rng, sorted(clause))) for clause in ordered])
    )


Clauses = dict[Clause, None]
"""An ordered set."""


def _some(rng: random.Random, clauses: Clauses) -> Clause:
    return list(clauses)[rng.randrange(len(clauses))]


def _other(rng: random.Random, clause: Clause, variables: int) -> int | None:
    """A literal of a variable that is not in the clause."""
    free = [v for v in range(1, variables + 1) if v not in clause and -v not in clause]
    if not free or len(clause) >= MAX_LENGTH:
        return None
    v = free[rng.randrange(len(free))]
    return v if rng.getrandbits(1) else -v


def _weaken(rng: random.Random, clauses: Clauses, variables: int) -> bool:
    clause = _some(rng, clauses)
    literal = _other(rng, clause, variables)
    return literal is not None and _added(clauses, clause | {literal})


def _split(rng: random.Random, clauses: Clauses, variables: int) -> bool:
    clause = _some(rng, clauses)
    literal = _other(rng, clause, variables)
    if literal is None or clause | {literal} in clauses or clause | {-literal} in clauses:
        return False
    del clauses[clause]
    return _added(clauses, clause | {literal}) and _added(clauses, clause | {-literal})


def _stretch(rng: random.Random, clauses: Clauses, variables: int) -> bool:
    clause, forcing = _some(rng, clauses), _some(rng, clauses)
    literals = [x for x in sorted(forcing) if forcing - {x} <= clause and x not in clause]
    if len(literals) != 1 or literals[0] in clause or len(clause) >= MAX_LENGTH:
        return False
    # Where the clause is false, the other one makes this literal true; so its negation adds nothing.
    longer = clause | {-literals[0]}
    if literals[0] in longer or longer in clauses:
        return False
    del clauses[clause]
    return _added(clauses, longer)


def _resolve(rng: random.Random, clauses: Clauses, variables: int) -> bool:
    one, two = _some(rng, clauses), _some(rng, clauses)
    clashes = [x for x in sorted(one) if -x in two]
    if len(clashes) != 1:
        return False
    resolvent = (one - {clashes[0]}) | (two - {-clashes[0]})
    return 0 < len(resolvent) <= MAX_LENGTH and _added(clauses, resolvent)


def _added(clauses: Clauses, clause: Clause) -> bool:
    if clause in clauses:
        return False
    clauses[clause] = None
    return True


_CHANGES: tuple[Callable[[random.Random, Clauses, int], bool], ...] = (
    _weaken,
    _split,
    _split,
    _stretch,
    _resolve,
    _resolve,
)
"""What is drawn from; those that cheap simplification undoes less easily come twice."""
