"""The sandbox that a worker runs everything in: another one, below a ceiling on the limits."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from verigym.sandbox.base import DEFAULT_LIMITS, Sandbox
from verigym.sandbox.program import Execution, Limits, Program
from verigym.server.settings import within


class Capped(Sandbox):
    """Passes programs on to another sandbox, unless their limits are above a ceiling.

    Raises:
        UserError: from :meth:`run` and :meth:`run_pair`, for limits above the ceiling.
    """

    def __init__(self, box: Sandbox, ceiling: Limits) -> None:
        self.beneath, self.ceiling = box, ceiling
        self.name = box.name  # type: ignore[misc]
        self.tier, self.workers = box.tier, box.workers

    def check(self, limits: Limits, what: str = "limits") -> None:
        """Raise :class:`UserError` for limits above the ceiling."""
        within(limits, self.ceiling, what)

    def limits(self, **asked: Any) -> Limits:
        """What was asked for, and for the rest the defaults, lowered to the ceiling.

        Raises:
            UserError: when more was asked for than the ceiling allows.
        """
        lowered = {
            name: min(default, most)
            for name, default in vars(DEFAULT_LIMITS).items()
            if default is not None and (most := getattr(self.ceiling, name)) is not None
        }
        limits = dataclasses.replace(DEFAULT_LIMITS, **{**lowered, **asked})
        self.check(limits)
        return limits

    def run(self, program: Program, limits: Limits = DEFAULT_LIMITS) -> Execution:
        self.check(limits)
        return self.beneath.run(program, limits)

    def run_pair(
        self,
        subject: Program,
        driver: Program,
        limits: Limits = DEFAULT_LIMITS,
        driver_limits: Limits | None = None,
    ) -> tuple[Execution, Execution]:
        self.check(limits)
        if driver_limits is not None:
            self.check(driver_limits, "driver_limits")
        return self.beneath.run_pair(subject, driver, limits, driver_limits)

    def capabilities(self) -> Mapping[str, Any]:
        return self.beneath.capabilities()

    def close(self) -> None:
        self.beneath.close()
