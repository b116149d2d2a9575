"""Pebbling a pyramid: the stones at its foot are given, each two carry the next, the top is denied.

A stone is an "or" of several variables, for with one each the formula would be a chain of implications.
By Ben-Sasson and Wigderson (2001), "Short proofs are narrow - resolution made simple", section 5; they
have c (n + 1)(n + 2)/2 variables for c variables in a stone, and (n + 1) + c^2 n(n + 1)/2 + c clauses.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from itertools import pairwise, product
from typing import Any

from verigym.envs.sat.shapes.crafted import Clauses, Crafted
from verigym.envs.sat.shapes.shape import Size


class Pebbling(Crafted):
    """The pebbling contradiction of a pyramid of height n."""

    name = "pebbling"
    summary = "a pyramid of stones that carry each other, with its top denied"
    sizes = {
        "n": Size("height of the pyramid", 3, 1, 10),
        "colours": Size("variables of which one must hold at each stone", 2, 2, 3),
    }

    def write(self, rng: random.Random, sizes: Mapping[str, Any]) -> tuple[int, Clauses]:
        n, colours = sizes["n"], sizes["colours"]
        stones = (n + 1) * (n + 2) // 2
        numbered = iter(
            [list(range(c * colours + 1, c * colours + colours + 1)) for c in range(stones)]
        )
        rows = [[next(numbered) for _ in range(width)] for width in range(n + 1, 0, -1)]
        clauses = list(rows[0])
        for below, row in pairwise(rows):
            for stone, (left, right) in zip(row, pairwise(below), strict=True):
                clauses += [[-x, -y, *stone] for x, y in product(left, right)]
        return stones * colours, clauses + [[-x] for x in rows[-1][0]]
