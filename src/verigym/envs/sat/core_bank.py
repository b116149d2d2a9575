"""Cheap ways to a smaller core: what they reach is where rewards begin.

What needs no search: all clauses; those that are left when subsumed clauses go, and then again and
again those with a pure literal (no clause holds its negation); and, of these, what is left when blind
luck drops clauses one by one as long as the rest has no model, in the best of some random orders.
"""

from __future__ import annotations

import random

from verigym import seeding
from verigym.envs.sat.cores import Cores
from verigym.verifiers.cnf import Formula

ORDERS = 32


def tidied(formula: Formula) -> frozenset[int]:
    """The numbers of the clauses that subsumption and pure literals leave."""
    clauses = {i: frozenset(clause) for i, clause in enumerate(formula.clauses, 1)}
    by_size = sorted(clauses, key=lambda i: (len(clauses[i]), i))
    left: dict[int, frozenset[int]] = {}
    for i in by_size:
        if not any(clauses[j] <= clauses[i] for j in left):
            left[i] = clauses[i]
    while True:
        occurring = {literal for clause in left.values() for literal in clause}
        pure = {literal for literal in occurring if -literal not in occurring}
        kept = {i: clause for i, clause in left.items() if pure.isdisjoint(clause)}
        if len(kept) == len(left):
            return frozenset(left)
        left = kept


def smallest_cheap_core(formula: Formula, cores: Cores) -> int:
    """The size of the smallest core that the bank finds, always the same for the same formula."""
    rng = random.Random(seeding.derive("core bank", formula.variables, formula.clauses))
    numbers = sorted(tidied(formula))
    best = len(numbers)
    for _ in range(ORDERS):
        for i in range(len(numbers) - 1, 0, -1):
            j = rng.randrange(i + 1)
            numbers[i], numbers[j] = numbers[j], numbers[i]
        # Fewer clauses never have fewer models, so where luck ends can be searched for by halves.
        low, high = 0, best
        while low < high:
            middle = (low + high) // 2
            if cores.refuted(numbers[:middle]):
                high = middle
            else:
                low = middle + 1
        best = min(best, high)
    return best
