"""Constraints on how many literals are true, or how much they weigh."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, ClassVar

from verigym.envs.sat.constraints.builder import Builder
from verigym.envs.sat.constraints.constraint import (
    Constraint,
    Literals,
    Parameters,
    listed,
    middle,
)
from verigym.envs.sat.constraints.sums import at_least, rows_of_sums


class _Count(Constraint):
    """So many of the literals, from ``least`` to ``most``, are true."""

    low: ClassVar[int] = 5
    phrase: ClassVar[str]

    def draw(self, rng: random.Random, count: int) -> dict[str, Any]:
        return {"bound": middle(rng, count)}

    def words(self, literals: Literals, parameters: Parameters) -> str:
        bound = parameters["bound"]
        return f"{self.phrase} {bound} of these {len(literals)} literals are true: {listed(literals)}."

    def range(self, bound: int, count: int) -> tuple[int, int]:
        """The least and the most that may be true."""
        raise NotImplementedError

    def rows(self, true: Sequence[int], everything: int, parameters: Parameters) -> int:
        least, most = self.range(parameters["bound"], len(true))
        found = 0
        for total, rows in rows_of_sums(true, [1] * len(true), everything).items():
            found |= rows if least <= total <= most else 0
        return found

    def encode(self, cnf: Builder, literals: Literals, parameters: Parameters) -> None:
        least, most = self.range(parameters["bound"], len(literals))
        if least > 0:
            at_least(cnf, [(literal, 1) for literal in literals], least)
        if most < len(literals):
            at_least(cnf, [(-literal, 1) for literal in literals], len(literals) - most)


class Exactly(_Count):
    """Exactly so many are true."""

    name = "exactly"
    phrase = "Exactly"

    def range(self, bound: int, count: int) -> tuple[int, int]:
        return bound, bound


class AtMost(_Count):
    """At most so many are true."""

    name = "at-most"
    phrase = "At most"

    def range(self, bound: int, count: int) -> tuple[int, int]:
        return 0, bound


class AtLeast(_Count):
    """At least so many are true."""

    name = "at-least"
    phrase = "At least"

    def range(self, bound: int, count: int) -> tuple[int, int]:
        return bound, count


class Majority(_Count):
    """More are true than false."""

    name = "majority"

    def draw(self, rng: random.Random, count: int) -> dict[str, Any]:
        return {"bound": count // 2 + 1}

    def words(self, literals: Literals, parameters: Parameters) -> str:
        return f"More of these {len(literals)} literals are true than false: {listed(literals)}."

    def range(self, bound: int, count: int) -> tuple[int, int]:
        return bound, count


class Threshold(Constraint):
    """The weights of the true literals come to a bound or more."""

    name = "threshold"
    low = 5

    def draw(self, rng: random.Random, count: int) -> dict[str, Any]:
        weights = [1 + rng.randrange(7) for _ in range(count)]
        total = sum(weights)
        return {"weights": weights, "bound": total // 3 + rng.randrange(total // 3) + 1}

    def words(self, literals: Literals, parameters: Parameters) -> str:
        pairs = zip(literals, parameters["weights"], strict=True)
        weighted = ", ".join(f"{literal} has weight {weight}" for literal, weight in pairs)
        return (
            f"The weights of those of these literals that are true sum up to {parameters['bound']} or "
            f"more: {weighted}."
        )

    def rows(self, true: Sequence[int], everything: int, parameters: Parameters) -> int:
        found = 0
        for total, rows in rows_of_sums(true, parameters["weights"], everything).items():
            found |= rows if total >= parameters["bound"] else 0
        return found

    def encode(self, cnf: Builder, literals: Literals, parameters: Parameters) -> None:
        weighted = list(zip(literals, parameters["weights"], strict=True))
        heaviest_first = sorted(weighted, key=lambda pair: -pair[1])
        at_least(cnf, heaviest_first, parameters["bound"])
