"""Colouring a random graph that has just one edge too many.

Edges are added in random order until the vertices can no longer be coloured such that neighbours
differ, which a solver proves; the last edge is critical. Random graphs at their threshold are hard for
resolution (Beame, Culberson, Mitchell and Moore 2005, "The resolution complexity of random graph
k-colorability"). A variable says that a vertex has a colour, k n of them; each vertex has one at least
(n clauses), and two neighbours do not share one (k clauses for each edge).
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from verigym.envs.sat.shapes.crafted import Clauses, Crafted
from verigym.envs.sat.shapes.graphs import Edge
from verigym.envs.sat.shapes.scramble import shuffled
from verigym.envs.sat.shapes.shape import Size
from verigym.envs.sat.solver import satisfiable
from verigym.errors import FamilyError
from verigym.verifiers.cnf import Formula


class Colouring(Crafted):
    """Colour a graph of n vertices that needs one colour more."""

    name = "colouring"
    summary = "colour a random graph that needs one colour more"
    sizes = {
        "n": Size("vertices of the graph", 8, 4, 40),
        "colours": Size("colours", 3, 2, 5),
    }

    def configure(self, given: Mapping[str, Any], ratios: Mapping[Any, float]) -> dict[str, Any]:
        sizes = super().configure(given, ratios)
        if sizes["n"] <= sizes["colours"]:
            raise FamilyError(
                f"n is {sizes['n']}; a graph of no more vertices than colours can be coloured"
            )
        return sizes

    def write(self, rng: random.Random, sizes: Mapping[str, Any]) -> tuple[int, Clauses]:
        n, colours = sizes["n"], sizes["colours"]
        edges = shuffled(rng, combinations(range(n), 2))
        low, high = 0, len(edges)  # that many edges can be coloured, that many cannot
        while high - low > 1:
            middle = (low + high) // 2
            clauses = _clauses(n, colours, edges[:middle])
            if not satisfiable(Formula.of(n * colours, clauses)):
                high = middle
            else:
                low = middle
        return n * colours, _clauses(n, colours, edges[:high])


def _clauses(n: int, colours: int, edges: Sequence[Edge]) -> Clauses:
    has = [[vertex * colours + colour + 1 for colour in range(colours)] for vertex in range(n)]
    differ = [[-x, -y] for one, two in edges for x, y in zip(has[one], has[two], strict=True)]
    return has + differ
