"""The ordering principle: a finite order without a least element.

One variable for each two elements says which is less; there are no cycles of three; and each element
has a lesser one, among its neighbours where a graph is given. By Krishnamurthy (1985), "Short proofs
for tricky formulas"; on graphs by Segerlind, Buss and Impagliazzo (2004). Refutations are short, but
not easy to find. They have n(n - 1)/2 variables and n(n - 1)(n - 2)/3 + n clauses.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from itertools import combinations
from typing import Any

from verigym.envs.sat.shapes.crafted import Clauses, Crafted
from verigym.envs.sat.shapes.graphs import check_regular, regular
from verigym.envs.sat.shapes.shape import Size


class Ordering(Crafted):
    """A linear order of n elements in which each has a lesser one."""

    name = "ordering"
    summary = "a finite order without a least element"
    sizes = {
        "n": Size("elements of the order", 5, 4, 14),
        "degree": Size("elements among which each has a lesser one, 0 for all", 0, 0, 6),
    }

    def configure(self, given: Mapping[str, Any], ratios: Mapping[Any, float]) -> dict[str, Any]:
        sizes = super().configure(given, ratios)
        if sizes["degree"]:
            check_regular(sizes["n"], sizes["degree"])
        return sizes

    def write(self, rng: random.Random, sizes: Mapping[str, Any]) -> tuple[int, Clauses]:
        n, degree = sizes["n"], sizes["degree"]
        pairs = list(combinations(range(n), 2))
        less: dict[tuple[int, int], int] = {}
        for variable, (one, two) in enumerate(pairs, 1):
            less[one, two], less[two, one] = variable, -variable
        clauses = []
        for a, b, c in combinations(range(n), 3):
            for one, two, three in ((a, b, c), (a, c, b)):
                clauses.append([-less[one, two], -less[two, three], -less[three, one]])
        below: list[list[int]] = [[] for _ in range(n)]
        for one, two in regular(rng, n, degree) if degree else pairs:
            below[one].append(less[two, one])
            below[two].append(less[one, two])
        return len(pairs), clauses + below
