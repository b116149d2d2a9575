"""How hard a family's tasks can be made, as data: so that teachers and sweeps need to know no family.

A family publishes its *dials*: the knobs that move difficulty, how far each goes, in which direction
tasks get harder, and default values from easy to hard. All dials of a family have the same number of
levels, so that "level 3 of 5" means a value for each of them: ``verigym.family(name, level=3)``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from verigym.errors import FamilyError


@dataclass(frozen=True)
class Dial:
    """One knob that moves difficulty; the other dials held still, a harder value is a harder task.

    Raises:
        FamilyError: when the levels leave the range or do not go from easy to hard.

    """

    low: float
    high: float
    """The least and the greatest value that the knob takes."""
    levels: tuple[float, ...]
    """Default values from easy to hard; equal neighbours where another dial makes the step."""
    harder: Literal["up", "down"] = "up"
    """In which direction tasks get harder."""

    def __post_init__(self) -> None:
        rising = sorted(self.levels, reverse=self.harder == "down")
        inside = all(self.low <= value <= self.high for value in self.levels)
        if not self.levels or not inside or list(self.levels) != rising:
            raise FamilyError(
                f"the levels {self.levels} of a dial must lie between {self.low} and {self.high} and "
                f"go {self.harder}, from easy to hard"
            )

    def to_json(self) -> dict[str, Any]:
        """A plain dict that ``json.dumps`` takes as it is."""
        return {**vars(self), "levels": list(self.levels)}


def levels(dials: Mapping[str, Dial]) -> list[dict[str, float]]:
    """The knobs of each level, from easy to hard; empty for a family without dials.

    Raises:
        FamilyError: when the dials do not have the same number of levels.

    """
    counts = {len(dial.levels) for dial in dials.values()}
    if len(counts) > 1:
        raise FamilyError(f"all dials must have the same number of levels, not {sorted(counts)}")
    steps = zip(*(dial.levels for dial in dials.values()), strict=True)
    return [dict(zip(dials, values, strict=True)) for values in steps]


def knobs_of(level: Any, dials: Mapping[str, Dial], about: str) -> dict[str, float]:
    """The knobs of one level, 1 being the easiest; ``about`` is what an error calls the family.

    Raises:
        FamilyError: when there is no such level.

    """
    there = levels(dials)
    if type(level) is not int or not 1 <= level <= len(there):
        has = f"its levels are 1 to {len(there)}" if there else "it has no levels, only knobs"
        raise FamilyError(f"{about} has no level {level!r}; {has}")
    return there[level - 1]
