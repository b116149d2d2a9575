"""The pigeonhole principle: n + 1 pigeons sit in n holes, and no two in one hole.

Exponentially long to refute by resolution (Haken 1985, "The intractability of resolution"); the
formulas are those of Cook and Reckhow (1979). They have n(n + 1) variables and, with a clause for each
pigeon and one for each two pigeons and hole, (n + 1) + n * n(n + 1)/2 clauses.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from verigym.envs.sat.shapes.crafted import Clauses, Crafted, not_both
from verigym.envs.sat.shapes.shape import Size


class Pigeonhole(Crafted):
    """n + 1 pigeons in n holes."""

    name = "pigeonhole"
    summary = "one pigeon more than there are holes"
    sizes = {"n": Size("holes", 4, 3, 7)}

    def write(self, rng: random.Random, sizes: Mapping[str, Any]) -> tuple[int, Clauses]:
        n = sizes["n"]
        rows = [[pigeon * n + hole + 1 for hole in range(n)] for pigeon in range(n + 1)]
        clauses = list(rows)
        for column in zip(*rows, strict=True):
            clauses += not_both(column)
        return n * (n + 1), clauses
