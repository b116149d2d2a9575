"""Random shapes: clauses drawn one by one, until there are enough different ones.

What they have in common with uniform random k-SAT: no clause occurs twice, whatever the formula turns
out to be, and none is built around a model.
"""

from __future__ import annotations

import random
from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from verigym.envs.sat.shapes.clauses import Clause
from verigym.envs.sat.shapes.shape import Shape
from verigym.errors import FamilyError
from verigym.verifiers.cnf import Formula

FULL = 0.75
"""The most that is asked for of all clauses that exist: beyond it drawing takes ever longer."""
TRIES = 10_000
"""How often a clause is drawn again because it is there already."""


class Drawn(Shape):
    """A shape of ``ratio`` clauses for each of ``n`` variables."""

    scale: ClassVar[float]
    """The default ratio, as a part of the family's for uniform clauses of the same length: where the
    default sizes have about as many formulas with a model."""

    def configure(self, given: Mapping[str, Any], ratios: Mapping[Any, float]) -> dict[str, Any]:
        sizes = super().configure(given, ratios)
        if given.get("ratio") is None:
            sizes["ratio"] = round(self.scale * ratios[sizes.get("k", 3)], 2)
        count, possible = clause_count(sizes), int(FULL * self.possible(sizes))
        if not 1 <= count <= possible:
            raise FamilyError(
                f"n = {sizes['n']} with ratio = {sizes['ratio']} asks for {count} clauses; in the "
                f"shape {self.name} of these sizes there must be 1 to {possible}: change n or ratio"
            )
        return sizes

    @abstractmethod
    def possible(self, sizes: Mapping[str, Any]) -> int:
        """How many different clauses there are to draw from, at the least.

        Raises:
            FamilyError: for sizes that do not fit together.

        """

    @abstractmethod
    def drawer(self, rng: random.Random, sizes: Mapping[str, Any]) -> Callable[[], Clause]:
        """What draws the clauses of one formula, of different variables in increasing order."""

    def build(self, rng: random.Random, sizes: Mapping[str, Any]) -> Formula:
        """As :meth:`Shape.build` says.

        Raises:
            FamilyError: when new clauses do not come any more.

        """
        draw, count = self.drawer(rng, sizes), clause_count(sizes)
        clauses: dict[Clause, None] = {}
        repeats = 0
        while len(clauses) < count:
            clause = draw()
            if clause not in clauses:
                clauses[clause] = None
                repeats = 0
            elif (repeats := repeats + 1) == TRIES:
                raise FamilyError(
                    f"the shape {self.name} gave no new clause in {TRIES:,} draws: choose a lower ratio"
                )
        return Formula.made(sizes["n"], tuple(clauses))


def clause_count(sizes: Mapping[str, Any]) -> int:
    """How many clauses these sizes ask for."""
    count: int = round(sizes["ratio"] * sizes["n"])
    return count
