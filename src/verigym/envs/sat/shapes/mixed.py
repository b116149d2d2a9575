"""Random clauses of mixed lengths, as SATQuest draws them.

A clause has 2 literals or more: a base of 1 (with probability 0.3) or 2, and on top of it as many as a
geometric distribution of parameter 0.7 says, which is at least 1; about 3.1 on average, and n at most
(Zhao et al. 2025, "SATQuest: a verifier for logical reasoning evaluation and reinforcement fine-tuning
of LLMs"). There a formula is a *set* of clauses only when it is unsatisfiable; here always.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from verigym.envs.sat.shapes.drawn import Drawn, some_of
from verigym.envs.sat.shapes.shape import Size


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

    def drawer(self, rng: random.Random, sizes: Mapping[str, Any]) -> Callable[[], Iterable[int]]:
        n = sizes["n"]
        return lambda: some_of(rng, n, min(n, clause_length(rng)))


def clause_length(rng: random.Random) -> int:
    """A length from 2 up."""
    # With rng.randrange(10) written out, at a third of its cost.
    bits = rng.getrandbits
    while (digit := bits(4)) > 9:
        pass
    length = 2 if digit < 3 else 3
    while True:
        while (digit := bits(4)) > 9:
            pass
        if digit < 7:
            return length
        length += 1
