"""Uniform random k-SAT: the classic model, with clauses that are all different.

Every clause has ``k`` different variables in increasing order, each negated by a fair coin, and no
clause occurs twice, whatever the formula turns out to be. Formulas are kept or drawn again by whether
they are satisfiable; none is built around a model, which would show in how often each literal occurs.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from typing import Any

from verigym.envs.sat.shapes.drawn import some_of
from verigym.envs.sat.shapes.shape import Shape, Size
from verigym.errors import FamilyError
from verigym.verifiers.cnf import Formula

MAX_N = 1_000


class Uniform(Shape):
    """Uniform random k-SAT."""

    name = "random"
    summary = "uniform random clauses of k literals"
    sizes = {
        "n": Size("variables", 20, 2, MAX_N),
        "ratio": Size("clauses for each variable", 4.2, 0.01, 100),
        "k": Size("literals in each clause", 3, 2, 5),
    }

    def configure(self, given: Mapping[str, Any], ratios: Mapping[Any, float]) -> dict[str, Any]:
        wanted = given.get("k")
        k = int(self.sizes["k"].check("k", 3 if wanted is None else wanted))
        if given.get("ratio") is None:
            given = {**given, "ratio": ratios[k]}
        sizes = super().configure(given, ratios)
        n, ratio = sizes["n"], sizes["ratio"]
        if n < k:
            raise FamilyError(f"n is {n}; it must be at least k = {k}")
        clauses, possible = round(ratio * n), math.comb(n, k) * 2**k
        if not 1 <= clauses <= possible // 2:
            raise FamilyError(
                f"n = {n} with ratio = {ratio} asks for {clauses} clauses of {k} literals; there must "
                f"be 1 to {possible // 2}, half of all that exist: change n or ratio"
            )
        return sizes

    def build(self, rng: random.Random, sizes: Mapping[str, Any]) -> Formula:
        n, k = sizes["n"], sizes["k"]
        return random_formula(rng, n, round(sizes["ratio"] * n), k)


def random_formula(rng: random.Random, n: int, m: int, k: int) -> Formula:
    """``m`` different clauses of ``k`` different variables out of ``n``, in the order drawn.

    There must be well more than ``m`` such clauses. Uses ``randrange`` and ``getrandbits`` alone, whose
    streams are the same in every version of Python.
    """
    bits = rng.getrandbits
    clauses: dict[tuple[int, ...], None] = {}
    while len(clauses) < m:
        chosen = sorted(some_of(rng, n, k))
        clauses[tuple([v if bits(1) else -v for v in chosen])] = None
    return Formula(n, tuple(clauses))
