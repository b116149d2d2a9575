"""The sandbox that a server runs everything in: another one, with a ceiling on the limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from verigym.errors import Cancelled, SandboxError, SandboxUnavailable
from verigym.sandbox.base import DEFAULT_LIMITS, Sandbox
from verigym.sandbox.program import Execution, Limits, Program
from verigym.server.settings import within

T = TypeVar("T")

BROKEN_AFTER = 3
"""Failures in a row, with no success between them, after which a sandbox counts as broken."""


class Capped(Sandbox):
    """A sandbox that refuses limits above its ceiling, and knows whether it works.

    Raises:
        UserError: from :meth:`run` and :meth:`run_pair`, for limits above the ceiling.
    """

    def __init__(self, box: Sandbox, ceiling: Limits) -> None:
        self._box, self._ceiling = box, ceiling
        self.name = box.name  # type: ignore[misc]
        self.tier, self.workers = box.tier, box.workers
        self.failures = 0
        """Failures of the sandbox since a program last ran."""

    @property
    def broken(self) -> bool:
        """Whether nothing has run for a while although it was tried."""
        return self.failures >= BROKEN_AFTER

    def check(self, limits: Limits, what: str = "limits") -> None:
        """Raise :class:`UserError` for limits above the ceiling."""
        within(limits, self._ceiling, what)

    def run(self, program: Program, limits: Limits = DEFAULT_LIMITS) -> Execution:
        self.check(limits)
        return self._noticed(lambda: self._box.run(program, limits))

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
        return self._noticed(lambda: self._box.run_pair(subject, driver, limits, driver_limits))

    def capabilities(self) -> Mapping[str, Any]:
        return self._box.capabilities()

    def close(self) -> None:
        self._box.close()

    def _noticed(self, run: Callable[[], T]) -> T:
        try:
            done = run()
        except (Cancelled, SandboxUnavailable):  # says nothing about whether it works
            raise
        except SandboxError:
            self.failures += 1
            raise
        self.failures = 0
        return done
