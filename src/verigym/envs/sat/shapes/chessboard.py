"""The mutilated chessboard: without two opposite corners it cannot be covered by dominoes.

A domino covers a white and a black square, and the corners were of one colour (McCarthy 1964, "A tough
nut for proof procedures"); exponentially long to refute by resolution (Alekhnovich 2004). A variable is
a place for a domino, 2n(n - 1) - 4 of them; each square is covered, and not twice.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from verigym.envs.sat.shapes.crafted import Clauses, Crafted, not_both
from verigym.envs.sat.shapes.shape import Size


class Chessboard(Crafted):
    """Dominoes on a board of n by n squares without two opposite corners."""

    name = "chessboard"
    summary = "dominoes that cover a board without two opposite corners"
    sizes = {"n": Size("squares along a side", 5, 4, 8)}

    def write(self, rng: random.Random, sizes: Mapping[str, Any]) -> tuple[int, Clauses]:
        n = sizes["n"]
        over: dict[tuple[int, int], list[int]] = {
            (row, column): []
            for row in range(n)
            for column in range(n)
            if (row, column) not in ((0, 0), (n - 1, n - 1))
        }
        dominoes = 0
        for row, column in over:
            for other in ((row, column + 1), (row + 1, column)):
                if other in over:
                    dominoes += 1
                    over[row, column].append(dominoes)
                    over[other].append(dominoes)
        clauses = [clause for places in over.values() for clause in (places, *not_both(places))]
        return dominoes, clauses
