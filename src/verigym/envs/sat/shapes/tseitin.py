"""Tseitin's formulas: on a graph's edges, bits whose sum at each vertex is its charge, all of them odd.

Every edge is counted at both its ends, so the charges must sum to an even number; theirs is odd. By
Tseitin (1968), "On the complexity of derivation in propositional calculus"; on expanding graphs, which
random regular ones are, exponentially long to refute (Urquhart 1987, "Hard examples for resolution").
They have n d / 2 variables and n 2^(d-1) clauses of d literals.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from verigym.envs.sat.shapes.crafted import Clauses, Crafted
from verigym.envs.sat.shapes.graphs import check_regular, regular
from verigym.envs.sat.shapes.shape import Size
from verigym.envs.sat.shapes.xor import xor


class Tseitin(Crafted):
    """Odd charge on a random regular graph."""

    name = "tseitin"
    summary = "sums modulo 2 at the vertices of a random regular graph, odd in all"
    sizes = {
        "n": Size("vertices of the graph", 8, 4, 30),
        "degree": Size("neighbours of each vertex", 3, 2, 4),
    }

    def configure(self, given: Mapping[str, Any], ratios: Mapping[Any, float]) -> dict[str, Any]:
        sizes = super().configure(given, ratios)
        check_regular(sizes["n"], sizes["degree"])
        return sizes

    def write(self, rng: random.Random, sizes: Mapping[str, Any]) -> tuple[int, Clauses]:
        edges = regular(rng, sizes["n"], sizes["degree"])
        at: list[list[int]] = [[] for _ in range(sizes["n"])]
        for variable, ends in enumerate(edges, 1):
            for end in ends:
                at[end].append(variable)
        charges = [rng.getrandbits(1) for _ in at]
        charges[0] ^= 1 - sum(charges) % 2
        clauses = [
            clause for around, charge in zip(at, charges, strict=True) for clause in xor(around, charge)
        ]
        return len(edges), clauses
