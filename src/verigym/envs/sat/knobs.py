"""Reading knobs that several families have, with errors that name the value and the rule."""

from __future__ import annotations

from typing import Any

from verigym.errors import FamilyError

MAX_SLACK = 4.0
"""The largest budget, as a multiple of what the reference takes."""


def whole(name: str, value: Any, default: int, low: int, high: int) -> int:
    """A knob that is an int.

    Raises:
        FamilyError: for a value that is none, or out of range.

    """
    if value is None:
        return default
    if type(value) is not int or not low <= value <= high:
        raise FamilyError(f"{name} is {value!r}; it must be an int from {low} to {high}")
    return int(value)


def read_slack(value: Any) -> float:
    """The knob ``slack``.

    Raises:
        FamilyError: for a value out of range.

    """
    value = 1.5 if value is None else value
    if type(value) not in (int, float) or not 1 <= value <= MAX_SLACK:
        raise FamilyError(f"slack is {value!r}; it must be a number from 1 to {MAX_SLACK:g}")
    return float(value)
