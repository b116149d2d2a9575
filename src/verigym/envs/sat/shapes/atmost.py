"""At most k of n variables are true, and at least k + 1 are: two countings that contradict each other.

Both bounds are encoded alike, the second one as a bound on the negations, so that a refutation has to
relate two sets of auxiliary variables; the three encodings are in
:mod:`verigym.envs.sat.shapes.cardinality`.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from verigym.envs.sat.shapes.cardinality import ENCODINGS
from verigym.envs.sat.shapes.crafted import Clauses, Crafted
from verigym.envs.sat.shapes.shape import Choice, Size
from verigym.errors import FamilyError


class AtMost(Crafted):
    """At most k and at least k + 1 of n variables."""

    name = "atmost"
    summary = "at most k of n variables are true, and at least k + 1"
    sizes = {
        "n": Size("variables counted", 6, 3, 14),
        "k": Size("how many may be true", 2, 1, 8),
        "encoding": Choice("how bounds become clauses", "sequential", tuple(ENCODINGS)),
    }

    def configure(self, given: Mapping[str, Any], ratios: Mapping[Any, float]) -> dict[str, Any]:
        sizes = super().configure(given, ratios)
        n, k = sizes["n"], sizes["k"]
        if k > n - 2:
            raise FamilyError(f"k is {k}; it must be at most n - 2 = {n - 2}")
        return sizes

    def write(self, rng: random.Random, sizes: Mapping[str, Any]) -> tuple[int, Clauses]:
        n, k = sizes["n"], sizes["k"]
        encode = ENCODINGS[sizes["encoding"]]
        most, last = encode(range(1, n + 1), k, n)
        least, last = encode(range(-n, 0), n - k - 1, last)
        return last, most + least
