"""Scale-free random k-SAT: few variables occur often, many seldom.

The i-th most popular of the variables is drawn with a probability proportional to i^-b, for an exponent
b below 1, as in formulas from industry, where b is about 0.8 (Ansotegui, Bonet and Levy 2009, "Towards
industrial-like random SAT instances"). Which variables are popular is drawn for each formula.
"""

from __future__ import annotations

import math
import random
from bisect import bisect
from collections.abc import Callable, Mapping
from itertools import accumulate
from typing import Any

from verigym.envs.sat.shapes.clauses import Clause, signed
from verigym.envs.sat.shapes.drawn import Drawn
from verigym.envs.sat.shapes.scramble import shuffled
from verigym.envs.sat.shapes.shape import Size
from verigym.errors import FamilyError

WHOLE = 1 << 20
"""The weight of the most popular variable. Weights are whole, so that they are the same everywhere,
whatever the last digit of a power is."""


class Powerlaw(Drawn):
    """Clauses of k variables drawn by a power law."""

    name = "powerlaw"
    summary = "random clauses of k literals whose variables are drawn by a power law"
    sizes = {
        "n": Size("variables", 20, 3, 1_000),
        "ratio": Size("clauses for each variable", 3.3, 0.01, 100),
        "k": Size("literals in each clause", 3, 2, 5),
        "exponent": Size("how unevenly variables are drawn, 0 for evenly", 0.8, 0.0, 1.0),
    }
    scale = 0.8

    def possible(self, sizes: Mapping[str, Any]) -> int:
        n, k = sizes["n"], sizes["k"]
        if n < k:
            raise FamilyError(f"n is {n}; it must be at least k = {k}")
        return int(math.comb(n, k) << k)

    def drawer(self, rng: random.Random, sizes: Mapping[str, Any]) -> Callable[[], Clause]:
        n, k = sizes["n"], sizes["k"]
        upto = list(accumulate(round(WHOLE * i ** -sizes["exponent"]) for i in range(1, n + 1)))
        variables = shuffled(rng, range(1, n + 1))

        def draw() -> Clause:
            chosen: set[int] = set()
            while len(chosen) < k:
                chosen.add(variables[bisect(upto, rng.randrange(upto[-1]))])
            return signed(rng, chosen)

        return draw
