"""A kind of constraint on literals: its words, its meaning, an encoding, and how it is drawn.

Each kind is written down twice, for machines that share nothing: as a set of rows of a truth table
(:meth:`Constraint.rows`) and as clauses (:meth:`Constraint.encode`). That the two agree is checked for
every task that is posed.
"""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from verigym.envs.sat.constraints.builder import Builder

Literals = Sequence[int]
Parameters = Mapping[str, Any]


class Constraint(ABC):
    """One kind of constraint on a list of literals."""

    name: ClassVar[str]
    low: ClassVar[int] = 4
    """Fewest literals that it takes."""

    def takes(self, most: int) -> int:
        """How many literals it takes when there are ``most``, which is at least ``low``."""
        return most

    @abstractmethod
    def draw(self, rng: random.Random, count: int) -> Parameters:
        """Its numbers, for so many literals: JSON. Uses ``randrange`` and ``getrandbits`` alone."""

    @abstractmethod
    def words(self, literals: Literals, parameters: Parameters) -> str:
        """The whole statement: one sentence or a few, without a line break before a list."""

    @abstractmethod
    def rows(self, true: Sequence[int], everything: int, parameters: Parameters) -> int:
        """The rows that satisfy it, from those in which each literal is true, and all there are."""

    @abstractmethod
    def encode(self, cnf: Builder, literals: Literals, parameters: Parameters) -> None:
        """Clauses, and new variables, that mean it."""


def listed(literals: Literals) -> str:
    """Literals in a sentence."""
    return ", ".join(map(str, literals))


def middle(rng: random.Random, count: int) -> int:
    """A number of literals that is neither few nor most of them."""
    edge = max(2, count // 4)
    return edge + rng.randrange(max(count - 2 * edge + 1, 1))
