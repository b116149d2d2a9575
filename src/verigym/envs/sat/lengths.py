"""Difficulty by the length of a proof: a range for the number of clauses of a minimised refutation."""

from __future__ import annotations

from typing import Any, NamedTuple

from verigym.errors import FamilyError

MAX_LENGTH = 100_000


class Lengths(NamedTuple):
    """How many clauses, the empty one included, a refutation has at least and at most."""

    least: int
    most: int


def lengths(value: Any) -> Lengths | None:
    """The range that a knob says, as two whole numbers; None for no range.

    Raises:
        FamilyError: when the value is anything else.

    """
    if value is None:
        return None
    if isinstance(value, list | tuple) and len(value) == 2 and set(map(type, value)) == {int}:
        least, most = value
        if 1 <= least <= most <= MAX_LENGTH:
            return Lengths(least, most)
    raise FamilyError(
        f"lemmas is {value!r}; it must be two whole numbers from 1 to {MAX_LENGTH:,}, the lesser one "
        "first, as in [10, 20]"
    )


def none_within(wanted: Lengths, found: list[int], name: str) -> FamilyError:
    """The error for when no formula drawn has a refutation of a wanted length."""
    hint = "larger" if sorted(found)[len(found) // 2] < wanted.least else "smaller"
    return FamilyError(
        f"none of {len(found)} formulas drawn for {name} has a minimised refutation of {wanted.least} "
        f"to {wanted.most} clauses; theirs have {min(found)} to {max(found)}: change lemmas, or pose "
        f"{hint} formulas"
    )
