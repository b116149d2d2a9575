"""Greedy flipping of single variables, the ascent of GSAT without its restarts.

Source: B. Selman, H. Levesque, D. Mitchell, "A New Method for Solving Hard Satisfiability Problems",
AAAI 1992. What each flip would gain is kept up to date, as in its later implementations: a flip changes
the gains of the variables in its own clauses alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache

from verigym.verifiers.cnf import Formula


def flips(formula: Formula, weights: Sequence[int], model: Sequence[int]) -> Iterator[int]:
    """The variables to flip, while it helps: each time the one that helps most (ties: lowest).

    ``weights`` are what each clause is worth; ``model`` holds a literal of each variable.
    """
    clauses, holding = _lists(formula)
    true = set(model)
    gains = [0] * (formula.variables + 1)
    count = []
    for clause, weight in zip(clauses, weights, strict=True):
        satisfying = clause & true
        count.append(len(satisfying))
        if not satisfying:
            for literal in clause:
                gains[abs(literal)] += weight
        elif len(satisfying) == 1:
            (literal,) = satisfying
            gains[abs(literal)] -= weight
    while (best := max(gains)) > 0:
        variable = gains.index(best)
        old = variable if variable in true else -variable
        true.remove(old)
        for i in holding.get(old, ()):
            count[i] -= 1
            if count[i] == 0:
                gains[variable] += weights[i]
                for literal in clauses[i]:
                    gains[abs(literal)] += weights[i]
            elif count[i] == 1:
                (literal,) = true.intersection(clauses[i])
                gains[abs(literal)] -= weights[i]
        for i in holding.get(-old, ()):
            count[i] += 1
            if count[i] == 1:
                gains[variable] -= weights[i]
                for literal in clauses[i]:
                    gains[abs(literal)] -= weights[i]
            elif count[i] == 2:
                (literal,) = true.intersection(clauses[i])
                gains[abs(literal)] += weights[i]
        true.add(-old)
        yield variable


@lru_cache(maxsize=4)
def _lists(formula: Formula) -> tuple[list[frozenset[int]], dict[int, list[int]]]:
    """The clauses as sets, where tautologies, which no flip changes, are empty; and by literal the
    clauses that hold it.
    """
    clauses = []
    holding = defaultdict(list)
    for i, literals in enumerate(formula.clauses):
        clause = frozenset(literals)
        if not clause.isdisjoint([-literal for literal in literals]):
            clause = frozenset()
        clauses.append(clause)
        for literal in clause:
            holding[literal].append(i)
    return clauses, dict(holding)
