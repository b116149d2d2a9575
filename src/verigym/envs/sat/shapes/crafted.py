"""Crafted shapes: a principle of mathematics, denied, as a formula that therefore has no model.

Each is written down as in the literature and then scrambled. Its satisfiable twin swaps the signs of
two occurrences of a variable: so every literal occurs as often in the one as in the other, which a
change of one sign would not keep, and in formulas as regular as these that would show.

``padding`` adds random clauses. Most of the formulas are minimally unsatisfiable, so that without it
they are their own unsatisfiable core, and leaving out any one clause is enough to satisfy the others.
"""

from __future__ import annotations

import random
from abc import abstractmethod
from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import Any, ClassVar

from verigym.envs.sat.shapes.clauses import some_of
from verigym.envs.sat.shapes.scramble import scrambled
from verigym.envs.sat.shapes.shape import Shape, Size
from verigym.envs.sat.twins import balanced_twin
from verigym.verifiers.cnf import Formula

Clauses = list[list[int]]

TRIES = 20
PADDING = Size("random clauses of three literals added, for each of its own", 0.0, 0.0, 2.0)


class Crafted(Shape):
    """A shape whose formulas are unsatisfiable by their construction."""

    unsatisfiable: ClassVar[bool] = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.sizes = {**cls.sizes, "padding": PADDING}

    @abstractmethod
    def write(self, rng: random.Random, sizes: Mapping[str, Any]) -> tuple[int, Clauses]:
        """The number of variables and the clauses, all different, in any order and by any names.

        Uses ``randrange`` and ``getrandbits`` alone.
        """

    def build(self, rng: random.Random, sizes: Mapping[str, Any]) -> Formula:
        variables, clauses = self.write(rng, sizes)
        count = round(sizes["padding"] * len(clauses))
        return scrambled(rng, variables, clauses + padding(rng, variables, clauses, count))

    def twin(self, rng: random.Random, formula: Formula) -> Formula:
        return balanced_twin(rng, formula)


def padding(rng: random.Random, variables: int, clauses: Clauses, count: int) -> Clauses:
    """So many random clauses that are not there yet; fewer where too few are left."""
    present = set(map(frozenset, clauses))
    added: Clauses = []
    for _ in range(TRIES * count):
        if len(added) == count:
            break
        chosen = sorted(some_of(rng, variables, min(3, variables)))
        clause = [v if rng.getrandbits(1) else -v for v in chosen]
        if frozenset(clause) not in present:
            present.add(frozenset(clause))
            added.append(clause)
    return added


def not_both(literals: Iterable[int]) -> Clauses:
    """At most one of these literals, pair by pair."""
    return [[-x, -y] for x, y in combinations(literals, 2)]
