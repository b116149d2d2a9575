"""Small formulas of every kind, with what is true of them by the definitions alone."""

from __future__ import annotations

import random
from itertools import combinations, product

from verigym.verifiers.cnf import Formula

Literals = frozenset[int]


def any_formula(rng: random.Random, variables: int = 6, clauses: int = 14) -> Formula:
    """Any formula: repeated literals and clauses, tautologies, empty clauses, unused variables included."""
    n = rng.randrange(variables + 1)
    if not n:
        return Formula(0, ((),) * rng.randrange(2))
    shortest = rng.choice([0, 1, 1, 2, 2, 2, 2])
    return Formula.of(
        n,
        [
            [rng.choice((1, -1)) * rng.randrange(1, n + 1) for _ in range(rng.randrange(shortest, 5))]
            for _ in range(rng.randrange(clauses + 1))
        ],
    )


def some_literals(rng: random.Random, variables: int) -> tuple[int, ...]:
    """Literals of some of the variables, in any order."""
    share = rng.random()
    found = [rng.choice((v, -v)) for v in range(1, variables + 1) if rng.random() < share]
    rng.shuffle(found)
    return tuple(found)


def all_models(formula: Formula) -> list[Literals]:
    """Every model: all assignments are tried."""
    found = []
    for values in product((1, -1), repeat=formula.variables):
        true = frozenset(sign * v for v, sign in enumerate(values, 1))
        if all(true & set(clause) for clause in formula.clauses):
            found.append(true)
    return found


def is_implicant(formula: Formula, literals: Literals) -> bool:
    """Whether every assignment that has these literals is a model: all are tried."""
    agreeing = 2 ** (formula.variables - len(literals))
    return sum(literals <= true for true in all_models(formula)) == agreeing


def all_implicants(formula: Formula) -> set[Literals]:
    """Every implicant of a formula."""
    models = all_models(formula)
    found = set()
    for true in models:
        for size in range(formula.variables + 1):
            for part in combinations(sorted(true), size):
                literals = frozenset(part)
                if literals not in found:
                    agreeing = 2 ** (formula.variables - size)
                    if sum(literals <= other for other in models) == agreeing:
                        found.add(literals)
    return found


def primes(implicants: set[Literals]) -> set[Literals]:
    """Those of which no proper part is one."""
    return {x for x in implicants if not any(y < x for y in implicants)}
