"""What a task's runs may use: time limits as a user thinks of them, one number of seconds for a run;
and packages.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from verigym.errors import TaskError, UserError
from verigym.sandbox import Program
from verigym.verifiers.outcome import limits_from

MOST = 1200
"""Seconds; three times that is the longest wall time of :class:`verigym.sandbox.Limits`."""


def shown_packages(names: Any) -> dict[str, Any]:
    """What a spec says of the installed packages that its programs may import; nothing for none.

    Raises:
        TaskError: for what are no names of packages.
    """
    try:
        given: Any = names if isinstance(names, str) else tuple(names)
        found = Program("pass", packages=given).packages
    except (UserError, TypeError) as error:
        raise TaskError(f"packages: {error}") from None
    return {"packages": list(found)} if found else {}


def timed(timeout: float, more: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The limits for a ``timeout`` in seconds of processor time, with three times that on the clock.

    A busy machine makes everything slow on the clock, a right answer too; processor time does not
    care. ``more`` are further fields of :class:`verigym.sandbox.Limits`.

    Raises:
        TaskError: for a timeout out of range, a field that does not exist or its value out of range.
    """
    if type(timeout) not in (int, float) or not 0.001 <= timeout <= MOST:
        raise TaskError(f"timeout is {timeout!r}; it must be a number of seconds from 0.001 to {MOST}")
    if not isinstance(more, Mapping | None):
        raise TaskError(f"limits must be a mapping, not {type(more).__name__}")
    limits = {"cpu_seconds": timeout, "wall_seconds": 3 * timeout, **(more or {})}
    limits_from({"limits": limits})
    return limits
