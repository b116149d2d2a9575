"""A clique of k vertices in a graph whose vertices fall into k - 1 sets without edges inside.

Two of the clique would be in one set. Of the other pairs a fair coin makes edges, so that the sets do
not show. The formulas of Beyersdorff, Galesi, Lauria and Razborov (2013), "Parameterized bounded-depth
Frege is not optimal": a variable says that a vertex is the i-th of the clique, k n of them; there is
an i-th (k clauses), and no two vertices without an edge, nor the same twice, are in it.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from itertools import combinations
from typing import Any

from verigym.envs.sat.shapes.crafted import Clauses, Crafted
from verigym.envs.sat.shapes.shape import Size
from verigym.errors import FamilyError


class Clique(Crafted):
    """A clique of k in a random graph of n vertices in k - 1 independent sets."""

    name = "clique"
    summary = "a clique of k vertices in a random (k-1)-partite graph"
    sizes = {"n": Size("vertices of the graph", 6, 3, 20), "k": Size("vertices of the clique", 3, 3, 5)}

    def configure(self, given: Mapping[str, Any], ratios: Mapping[Any, float]) -> dict[str, Any]:
        sizes = super().configure(given, ratios)
        if sizes["n"] < sizes["k"]:
            raise FamilyError(f"n is {sizes['n']}; it must be at least k = {sizes['k']}")
        return sizes

    def write(self, rng: random.Random, sizes: Mapping[str, Any]) -> tuple[int, Clauses]:
        n, k = sizes["n"], sizes["k"]
        apart = [
            (one, two)
            for one, two in combinations(range(n), 2)
            if one % (k - 1) == two % (k - 1) or rng.getrandbits(1)
        ]
        apart += [(two, one) for one, two in apart] + [(vertex, vertex) for vertex in range(n)]
        member = [[place * n + vertex + 1 for vertex in range(n)] for place in range(k)]
        clauses = list(member)
        for some, other in combinations(member, 2):
            clauses += [[-some[one], -other[two]] for one, two in apart]
        return n * k, clauses
