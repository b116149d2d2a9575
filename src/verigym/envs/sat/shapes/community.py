"""Random k-SAT with communities: most clauses speak of variables of one community only.

With a probability that gives the wanted modularity, Q + 1/c for c communities, the variables of a
clause are of one community; else they are of different ones (Giraldez-Cru and Levy 2015, "A
modularity-based random SAT instances generator"). The variables are divided evenly, by a draw for each
formula.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from typing import Any

from verigym.envs.sat.shapes.clauses import Clause, signed, some_of
from verigym.envs.sat.shapes.drawn import Drawn
from verigym.envs.sat.shapes.scramble import shuffled
from verigym.envs.sat.shapes.shape import Size
from verigym.errors import FamilyError

ODDS = 1 << 20


class Community(Drawn):
    """Clauses of k variables of one community, or of k communities."""

    name = "community"
    summary = "random clauses of k literals, most of them within a community of variables"
    sizes = {
        "n": Size("variables", 20, 6, 1_000),
        "ratio": Size("clauses for each variable", 3.8, 0.01, 100),
        "k": Size("literals in each clause", 3, 2, 5),
        "communities": Size("how many parts the variables are in", 4, 2, 100),
        "modularity": Size("how much more clauses keep within a part than by chance", 0.5, 0.0, 0.98),
    }
    scale = 0.9

    def possible(self, sizes: Mapping[str, Any]) -> int:
        n, k, parts = sizes["n"], sizes["k"], sizes["communities"]
        if parts < k:
            raise FamilyError(f"communities is {parts}; there must be at least k = {k}")
        least = n // parts
        if least < k:
            raise FamilyError(
                f"n = {n} in {parts} communities leaves {least} variables in one; it must be at least "
                f"k = {k}: choose a larger n or fewer communities"
            )
        if sizes["modularity"] + 1 / parts > 1:
            raise FamilyError(
                f"modularity is {sizes['modularity']}; with {parts} communities it is at most "
                f"{1 - 1 / parts:.2f}"
            )
        inside: int = parts * math.comb(least, k)
        across: int = math.comb(parts, k) * least**k
        return int(min(inside, across) << k)

    def drawer(self, rng: random.Random, sizes: Mapping[str, Any]) -> Callable[[], Clause]:
        n, k, count = sizes["n"], sizes["k"], sizes["communities"]
        variables = shuffled(rng, range(1, n + 1))
        parts = [variables[start::count] for start in range(count)]
        odds = round(ODDS * (sizes["modularity"] + 1 / count))

        def draw() -> Clause:
            if rng.randrange(ODDS) < odds:
                part = parts[rng.randrange(count)]
                return signed(rng, [part[i - 1] for i in some_of(rng, len(part), k)])
            chosen = [parts[i - 1] for i in sorted(some_of(rng, count, k))]
            return signed(rng, [part[rng.randrange(len(part))] for part in chosen])

        return draw
