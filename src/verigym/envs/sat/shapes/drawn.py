"""Random shapes: clauses drawn one by one, until there are enough different ones.

What they have in common with uniform random k-SAT: no clause occurs twice, whatever the formula turns
out to be, and none is built around a model.
"""

from __future__ import annotations

import random
from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

from verigym.envs.sat.shapes.shape import Shape
from verigym.errors import FamilyError
from verigym.verifiers.cnf import Formula

Clause = tuple[int, ...]

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
    def drawer(self, rng: random.Random, sizes: Mapping[str, Any]) -> Callable[[], Iterable[int]]:
        """What draws the different variables of a clause, for one formula."""

    def build(self, rng: random.Random, sizes: Mapping[str, Any]) -> Formula:
        """As :meth:`Shape.build` says.

        Raises:
            FamilyError: when new clauses do not come any more.

        """
        draw, bits = self.drawer(rng, sizes), rng.getrandbits
        clauses: dict[Clause, None] = {}
        for _ in range(clause_count(sizes)):
            for _ in range(TRIES):
                clause = tuple([v if bits(1) else -v for v in sorted(draw())])
                if clause not in clauses:
                    break
            else:
                raise FamilyError(
                    f"the shape {self.name} gave no new clause in {TRIES:,} draws: choose a lower ratio"
                )
            clauses[clause] = None
        return Formula(sizes["n"], tuple(clauses))


def clause_count(sizes: Mapping[str, Any]) -> int:
    """How many clauses these sizes ask for."""
    count: int = round(sizes["ratio"] * sizes["n"])
    return count


def some_of(rng: random.Random, variables: int, count: int) -> set[int]:
    """So many different variables out of 1 to ``variables``, all sets alike."""
    bits, width = rng.getrandbits, variables.bit_length()
    chosen: set[int] = set()
    while len(chosen) < count:
        drawn = bits(width)  # what randrange does, at a third of its cost
        if drawn < variables:
            chosen.add(1 + drawn)
    return chosen
