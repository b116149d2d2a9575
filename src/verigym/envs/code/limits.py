"""Time limits as a user thinks of them: one number of seconds for a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from verigym.verifiers.outcome import limits_from


def timed(timeout: float, more: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The limits for a ``timeout`` in seconds of processor time, with three times that on the clock.

    A busy machine makes everything slow on the clock, a right answer too; processor time does not
    care. ``more`` are further fields of :class:`verigym.sandbox.Limits`.

    Raises:
        TaskError: for a field that does not exist or a value out of range.
    """
    limits = {"cpu_seconds": timeout, "wall_seconds": 3 * timeout if _number(timeout) else timeout}
    limits.update(more or {})
    limits_from({"limits": limits})
    return limits


def _number(value: object) -> bool:
    return type(value) in (int, float)
