"""Hiding how a formula was made: names, signs and orders are drawn anew.

A crafted formula as it stands in a textbook is known by sight: variable 1 is the first pigeon in the
first hole, and all long clauses come first. Renaming the variables, negating each one by a coin
everywhere it occurs, and shuffling clauses and literals changes nothing about whether, and how, it can
be refuted.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import TypeVar

from verigym.verifiers.cnf import Formula

Item = TypeVar("Item")


def shuffled(rng: random.Random, items: Iterable[Item]) -> list[Item]:
    """The items in a random order, by Fisher and Yates' shuffle."""
    found = list(items)
    for last in range(len(found) - 1, 0, -1):
        other = rng.randrange(last + 1)
        found[last], found[other] = found[other], found[last]
    return found


def scrambled(rng: random.Random, variables: int, clauses: Sequence[Iterable[int]]) -> Formula:
    """The formula with its variables renamed and negated, its clauses and literals in random order."""
    names = [0, *shuffled(rng, range(1, variables + 1))]
    names = [-name if rng.getrandbits(1) else name for name in names]
    renamed = [shuffled(rng, [names[x] if x > 0 else -names[-x] for x in clause]) for clause in clauses]
    return Formula.of(variables, shuffled(rng, renamed))
