"""Two sums modulo 2 of the same variables, in different orders, that contradict each other.

Each sum is cut into pieces of three by auxiliary variables, which hold the sum so far; so no short
argument sees both. The formulas of Chew and Heule (2020), "Sorting parity encodings by reusing
variables". They have n + 2(n - 3) variables and 8(n - 2) clauses of three literals.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from verigym.envs.sat.shapes.crafted import Clauses, Crafted
from verigym.envs.sat.shapes.scramble import shuffled
from verigym.envs.sat.shapes.shape import Size
from verigym.envs.sat.shapes.xor import xor


class Parity(Crafted):
    """The sum of n bits is both odd and even."""

    name = "parity"
    summary = "n bits have an odd and an even sum, each computed along a chain"
    sizes = {"n": Size("bits in the sum", 6, 4, 20)}

    def write(self, rng: random.Random, sizes: Mapping[str, Any]) -> tuple[int, Clauses]:
        n = sizes["n"]
        bits = range(1, n + 1)
        clauses = _chain(bits, n + 1, 1) + _chain(shuffled(rng, bits), 2 * n - 2, 0)
        return 3 * n - 6, clauses


def _chain(bits: Sequence[int], first: int, odd: int) -> Clauses:
    """The parity of four bits or more, with auxiliary variables from ``first`` on for partial sums."""
    clauses = xor([bits[0], bits[1], first], 0)
    for i, bit in enumerate(bits[2:-2]):
        clauses += xor([first + i, bit, first + i + 1], 0)
    return clauses + xor([first + len(bits) - 4, bits[-2], bits[-1]], odd)
