"""Crafted shapes: a principle of mathematics, denied, as a formula that therefore has no model.

Each is written down as in the literature and then scrambled. Its satisfiable twin swaps the signs of
two occurrences of a variable: so every literal occurs as often in the one as in the other, which a
change of one sign would not keep, and in formulas as regular as these that would show.
"""

from __future__ import annotations

import random
from abc import abstractmethod
from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import Any, ClassVar

from verigym.envs.sat.shapes.scramble import scrambled
from verigym.envs.sat.shapes.shape import Shape
from verigym.envs.sat.twins import balanced_twin
from verigym.verifiers.cnf import Formula

Clauses = list[list[int]]


class Crafted(Shape):
    """A shape whose formulas are unsatisfiable by their construction."""

    unsatisfiable: ClassVar[bool] = True

    @abstractmethod
    def write(self, rng: random.Random, sizes: Mapping[str, Any]) -> tuple[int, Clauses]:
        """The number of variables and the clauses, all different, in any order and by any names.

        Uses ``randrange`` and ``getrandbits`` alone.
        """

    def build(self, rng: random.Random, sizes: Mapping[str, Any]) -> Formula:
        return scrambled(rng, *self.write(rng, sizes))

    def twin(self, rng: random.Random, formula: Formula) -> Formula:
        return balanced_twin(rng, formula)


def not_both(literals: Iterable[int]) -> Clauses:
    """At most one of these literals, pair by pair."""
    return [[-x, -y] for x, y in combinations(literals, 2)]
