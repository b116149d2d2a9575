"""At least so much of a weighted sum of literals: the one encoding behind all counting constraints.

Of the many encodings there are two: every set of literals that is too small to be spared holds a true
one (no new variable), or a decision diagram whose nodes are new variables, each "the literals from here
on give at least that much". Weights are positive, so such a node has two clauses instead of four
(Eén and Sörensson 2006; Abío, Nieuwenhuis, Oliveras and Rodríguez-Carbonell 2012).
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from itertools import combinations

from verigym.envs.sat.constraints.builder import Builder

MAX_SUBSETS = 400

Weighted = Sequence[tuple[int, int]]
"""Literals with positive weights."""


def at_least(cnf: Builder, weighted: Weighted, bound: int) -> None:
    """Clauses for: the weights of the true literals come to ``bound`` or more."""
    literals = [literal for literal, _ in weighted]
    size = len(literals) - bound + 1
    if {weight for _, weight in weighted} == {1} and 0 < size <= len(literals):
        count = math.comb(len(literals), size)
        diagram = _size(weighted, bound)
        if count <= MAX_SUBSETS and count * size <= diagram:
            for subset in combinations(literals, size):
                cnf.add(*subset)
            return
    _Diagram(cnf, weighted).hold(bound)


def _size(weighted: Weighted, bound: int) -> int:
    """Literals of the diagram's clauses."""
    cnf = Builder(max(abs(literal) for literal, _ in weighted))
    _Diagram(cnf, weighted).hold(bound)
    return sum(map(len, cnf.clauses))


def rows_of_sums(true: Sequence[int], weights: Sequence[int], everything: int) -> dict[int, int]:
    """For each sum the rows whose true literals' weights come to it."""
    sums = {0: everything}
    for rows, weight in zip(true, weights, strict=True):
        after: dict[int, int] = {}
        for total, having in sums.items():
            after[total] = after.get(total, 0) | (having & ~rows)
            after[total + weight] = after.get(total + weight, 0) | (having & rows)
        sums = after
    return sums


class _Diagram:
    """A node for each place and each amount that is still needed there."""

    def __init__(self, cnf: Builder, weighted: Weighted) -> None:
        self.cnf = cnf
        self.weighted = weighted
        self.nodes: dict[tuple[int, int], int] = {}
        reachable = [[0]]
        for _, weight in reversed(weighted):
            last = reachable[-1]
            reachable.append(sorted({*last, *(total + weight for total in last)}))
        self.reachable = reachable[::-1]
        """The sums that the literals from a place on can come to."""

    def hold(self, bound: int) -> None:
        """Clauses for the whole."""
        if bound > self.reachable[0][-1]:
            self.cnf.add()
        elif bound > 0:
            self._expand(0, bound, ())

    def _expand(self, place: int, bound: int, head: tuple[int, ...]) -> None:
        """The clauses of a node; ``head`` holds the negation of its variable, the root has none."""
        literal, weight = self.weighted[place]
        without = self._node(place + 1, bound)
        within = self._node(place + 1, bound - weight)
        if within is not None:
            self.cnf.add(*head, within)
        if without != within:
            self.cnf.add(*head, literal, *([] if without is False else [int(without or 0)]))

    def _node(self, place: int, bound: int) -> int | bool | None:
        """The variable of a node; None where it is always true and False where it never is."""
        if bound <= 0:
            return None
        sums = self.reachable[place]
        if bound > sums[-1]:
            return False
        bound = sums[bisect_left(sums, bound)]  # amounts that no sum lies between are one node
        key = (place, bound)
        if key not in self.nodes:
            self.nodes[key] = self.cnf.fresh()
            self._expand(place, bound, (-self.nodes[key],))
        return self.nodes[key]
