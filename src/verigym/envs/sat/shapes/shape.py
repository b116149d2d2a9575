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

from verigym.envs.sat.twins import satisfiable_twin
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


@dataclass(frozen=True)
class Choice:
    """A word that a shape takes: what it means, its default, and all that there are."""

    meaning: str
    default: str
    options: tuple[str, ...]

    def check(self, name: str, value: Any) -> str:
        """The value.

        Raises:
            FamilyError: when it is none of the options.

        """
        if type(value) is not str or value not in self.options:
            raise FamilyError(f"{name} is {value!r}; there are: {', '.join(self.options)}")
        return value


class Shape(ABC):
    """One way to make formulas."""

    name: ClassVar[str]
    summary: ClassVar[str]
    """One line: what its formulas are, and where they come from."""
    sizes: ClassVar[Mapping[str, Size | Choice]]
    """The knobs that it takes; ``n`` is always among them, and larger is harder."""
    unsatisfiable: ClassVar[bool] = False
    """True when every formula that it builds is refuted by its construction."""

    def configure(self, given: Mapping[str, Any], ratios: Mapping[Any, float]) -> dict[str, Any]:
        """All sizes, from those given; ``ratios`` are the family's default ratios by clause length.

        Raises:
            FamilyError: for a value that is out of range, or values that do not fit together.

        """
        given = {name: value for name, value in given.items() if value is not None}
        return {
            name: size.check(name, given.get(name, size.default)) for name, size in self.sizes.items()
        }

    @abstractmethod
    def build(self, rng: random.Random, sizes: Mapping[str, Any]) -> Formula:
        """One formula of these sizes: clauses without repeats, in a shuffled or otherwise fair order.

        Uses ``randrange`` and ``getrandbits`` alone, whose streams are the same in every version of
        Python, and no other randomness.
        """

    def twin(self, rng: random.Random, formula: Formula) -> Formula:
        """A satisfiable formula that differs from an unsatisfiable one of this shape in a sign or few.

        Raises:
            FamilyError: when too many signs would have to change.
            Undecided: when a formula on the way is too hard for the solver's limit.

        """
        return satisfiable_twin(rng, formula)
