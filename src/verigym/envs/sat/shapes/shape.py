"""A shape: one way to make formulas, from a few numbers and a stream of randomness.

Random shapes give formulas that may or may not have a model. Crafted ones are from the literature on
proofs and are unsatisfiable by their construction; satisfiable ones are made of them by changing signs
(:mod:`verigym.envs.sat.twins`), so that both classes look alike.
"""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from verigym.errors import FamilyError
from verigym.verifiers.cnf import Formula


@dataclass(frozen=True)
class Size:
    """A number that a shape takes: what it means, its range, both ends included, and its default."""

    meaning: str
    default: int | float
    low: int | float
    high: int | float

    def check(self, name: str, value: Any) -> int | float:
        """The value, of the default's type.

        Raises:
            FamilyError: for a value of another type, or out of range.

        """
        whole = type(self.default) is int
        if type(value) not in ((int,) if whole else (int, float)) or not self.low <= value <= self.high:
            kind = "an int" if whole else "a number"
            raise FamilyError(f"{name} is {value!r}; it must be {kind} from {self.low} to {self.high}")
        return int(value) if whole else float(value)


class Shape(ABC):
    """One way to make formulas."""

    name: ClassVar[str]
    summary: ClassVar[str]
    """One line: what its formulas are, and where they come from."""
    sizes: ClassVar[Mapping[str, Size]]
    """The knobs that it takes; ``n`` is always among them, and larger is harder."""
    unsatisfiable: ClassVar[bool] = False
    """True when every formula that it builds is refuted by its construction."""

    def configure(self, given: Mapping[str, Any], ratios: Mapping[Any, float]) -> dict[str, Any]:
        """All sizes, from those given; ``ratios`` are the family's default ratios by clause length.

        Raises:
            FamilyError: for a value that is out of range, or values that do not fit together.

        """
        return {
            name: size.check(name, given.get(name, size.default)) for name, size in self.sizes.items()
        }

    @abstractmethod
    def build(self, rng: random.Random, sizes: Mapping[str, Any]) -> Formula:
        """One formula of these sizes: clauses without repeats, in a shuffled or otherwise fair order.

        Uses ``randrange`` and ``getrandbits`` alone, whose streams are the same in every version of
        Python, and no other randomness.
        """
