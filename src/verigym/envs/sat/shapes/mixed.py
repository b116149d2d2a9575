"""Random clauses of mixed lengths, as SATQuest draws them.

A clause has 2 literals or more: a base of 1 (with probability 0.3) or 2, and on top of it as many as a
geometric distribution of parameter 0.7 says, which is at least 1; about 3.1 on average, and n at most
(Zhao et al. 2025, "SATQuest: a verifier for logical reasoning evaluation and reinforcement fine-tuning
of LLMs"). There a formula is a *set* of clauses only when it is unsatisfiable; here always.
"""

from __future__ import annotations

import math
import random
from bisect import bisect
from collections.abc import Callable, Mapping
from itertools import accumulate
from typing import Any

from verigym.envs.sat.shapes.clauses import Clause, drawer
from verigym.envs.sat.shapes.drawn import Drawn
from verigym.envs.sat.shapes.shape import Size

_SHORT = 0.3 * 0.7
_LONGER = [(0.3 * 0.3 + 0.7) * 0.7 * 0.3**more for more in range(17)]
_UPTO = [round(part * (1 << 32)) for part in accumulate([_SHORT, *_LONGER])]
"""The parts of clauses of up to 2, 3, ... literals, in whole numbers, which are the same everywhere."""


class Mixed(Drawn):
    """Clauses of two literals or more."""

    name = "mixed"
    summary = "random clauses of mixed lengths, about 3.1 on average (SATQuest's)"
    sizes = {
        "n": Size("variables", 16, 3, 1_000),
        "ratio": Size("clauses for each variable", 4.0, 0.01, 100),
    }
    scale = 0.95

    def possible(self, sizes: Mapping[str, Any]) -> int:
        n = sizes["n"]
        return sum(math.comb(n, k) << k for k in range(2, min(n, 4) + 1))

    def drawer(self, rng: random.Random, sizes: Mapping[str, Any]) -> Callable[[], Clause]:
        n, bits = sizes["n"], rng.getrandbits
        by_length: dict[int, Callable[[], Clause]] = {}

        def draw() -> Clause:
            length = min(n, 2 + bisect(_UPTO, bits(32)))
            if length not in by_length:
                by_length[length] = drawer(rng, n, length)
            return by_length[length]()

        return draw
