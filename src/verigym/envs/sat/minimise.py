"""Smaller formulas with the same models: what costs nothing to see, and what takes reasoning.

:func:`cheap` does what can be read off the clauses. :func:`minimise` makes every clause prime (no
literal can be left out) and the set of them irredundant (no clause can), which is Quine's (1952) notion
of a minimal form; several orders are tried. The result is small, not always smallest.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import lru_cache

from verigym import seeding
from verigym.envs.sat.shapes.scramble import shuffled
from verigym.envs.sat.units import propagate
from verigym.verifiers.cnf import Formula
from verigym.verifiers.search import Solver
from verigym.verifiers.truth import table

TABLE = 16
"""Most variables for which truth tables are used; beyond, a solver."""
ORDERS = 6
CONFLICTS = 200_000

Clause = frozenset[int]


def cheap(formula: Formula) -> Formula:
    """Without repeated literals and clauses, tautologies and subsumed clauses, units propagated.

    Units stay as clauses, so the models are the same.
    """
    simple = propagate(formula.clauses)
    if simple is None:
        return Formula(formula.variables, ((),))
    forced, rest = simple
    units, clauses = sorted(forced), {frozenset(clause) for clause in rest}
    kept: list[Clause] = []
    for clause in sorted(clauses, key=lambda c: (len(c), sorted(c))):
        if not any(other <= clause for other in kept):
            kept.append(clause)
    found = [*([unit] for unit in units), *(sorted(clause) for clause in kept)]
    return Formula.of(formula.variables, found)


@lru_cache(maxsize=8)
def minimise(formula: Formula) -> Formula:
    """An equivalent formula of prime clauses none of which can be spared; the same for the same one.

    Raises:
        search.OutOfBudget: when the formula is too hard for the solver's limit.

    """
    rng = random.Random(seeding.derive("minimise", formula.variables, formula.clauses))
    clauses = [frozenset(c) for c in cheap(formula).clauses]
    if formula.variables <= TABLE:
        found = [_by_table(rng, formula.variables, clauses) for _ in range(ORDERS)]
    else:
        found = [_by_solver(rng, clauses) for _ in range(ORDERS)]
    small = [Formula.of(formula.variables, sorted(map(sorted, kept))) for kept in found]
    return min(small, key=lambda one: (one.size, one.clauses))


def _by_table(rng: random.Random, variables: int, clauses: Sequence[Clause]) -> list[Clause]:
    rows = table(variables)
    models = rows.models(clauses)
    primes: dict[Clause, int] = {}
    for clause in clauses:
        for literal in shuffled(rng, sorted(clause)):
            if not rows.falsified(clause - {literal}) & models:
                clause -= {literal}
        primes[clause] = rows.falsified(clause)
    order = _longest_first(rng, list(primes))
    after = [0]  # what the clauses that come later exclude
    for clause in reversed(order):
        after.append(after[-1] | primes[clause])
    kept, excluded = [], 0
    for i, clause in enumerate(order):
        if primes[clause] & ~(excluded | after[-2 - i]):
            kept.append(clause)
            excluded |= primes[clause]
    return kept


def _by_solver(rng: random.Random, clauses: Sequence[Clause]) -> list[Clause]:
    with Solver([sorted(c) for c in clauses], CONFLICTS) as solver:
        primes: dict[Clause, None] = {}
        for clause in clauses:
            for literal in shuffled(rng, sorted(clause)):
                if not solver.satisfiable([-x for x in sorted(clause - {literal})]):
                    clause -= {literal}
            primes[clause] = None
    order = _longest_first(rng, list(primes))
    first = max((abs(x) for clause in order for x in clause), default=0) + 1
    kept = dict.fromkeys(range(len(order)))
    with Solver([[*sorted(c), -(first + i)] for i, c in enumerate(order)], CONFLICTS) as solver:
        for i, clause in enumerate(order):
            others = [first + j for j in kept if j != i]
            if not solver.satisfiable([*others, *(-x for x in sorted(clause))]):
                del kept[i]
    return [order[i] for i in kept]


def _longest_first(rng: random.Random, clauses: Sequence[Clause]) -> list[Clause]:
    return sorted(shuffled(rng, sorted(clauses, key=sorted)), key=len, reverse=True)
