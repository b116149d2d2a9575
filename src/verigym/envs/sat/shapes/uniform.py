"""Uniform random k-SAT: the classic model, with clauses that are all different.

Every clause has ``k`` different variables in increasing order, each negated by a fair coin, and no
clause occurs twice, whatever the formula turns out to be. Formulas are kept or drawn again by whether
they are satisfiable; none is built around a model, which would show in how often each literal occurs.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from typing import Any

from verigym.envs.sat.shapes.clauses import Clause, drawer
from verigym.envs.sat.shapes.drawn import Drawn
from verigym.envs.sat.shapes.shape import Size
from verigym.errors import FamilyError

MAX_N = 1_000


class Uniform(Drawn):
    """Uniform random k-SAT."""

    name = "random"
    summary = "uniform random clauses of k literals"
    sizes = {
        "n": Size("variables", 20, 2, MAX_N),
        "ratio": Size("clauses for each variable", 4.2, 0.01, 100),
        "k": Size("literals in each clause", 3, 2, 5),
    }
    scale = 1.0

    def possible(self, sizes: Mapping[str, Any]) -> int:
        n, k = sizes["n"], sizes["k"]
        if n < k:
            raise FamilyError(f"n is {n}; it must be at least k = {k}")
        return int(math.comb(n, k) << k)

    def drawer(self, rng: random.Random, sizes: Mapping[str, Any]) -> Callable[[], Clause]:
        return drawer(rng, sizes["n"], sizes["k"])
