"""The sandbox that a server runs everything in: one that it watches, below a ceiling on the limits."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from verigym.errors import Cancelled, SandboxError, SandboxUnavailable
from verigym.sandbox.base import DEFAULT_LIMITS, Sandbox
from verigym.sandbox.program import Execution, Limits, Program
from verigym.server.settings import within

T = TypeVar("T")

BROKEN_AFTER = 3
"""Failures in a row, with no success between them, after which a sandbox counts as broken."""


class Around(Sandbox):
    """A sandbox that passes everything on to another."""

    def __init__(self, box: Sandbox) -> None:
        self.beneath = box
        self.name = box.name  # type: ignore[misc]
        self.tier, self.workers = box.tier, box.workers

    def run(self, program: Program, limits: Limits = DEFAULT_LIMITS) -> Execution:
        return self.beneath.run(program, limits)

    def run_pair(
        self,
        subject: Program,
        driver: Program,
        limits: Limits = DEFAULT_LIMITS,
        driver_limits: Limits | None = None,
    ) -> tuple[Execution, Execution]:
        return self.beneath.run_pair(subject, driver, limits, driver_limits)

    def capabilities(self) -> Mapping[str, Any]:
        return self.beneath.capabilities()

    def close(self) -> None:
        self.beneath.close()


class Watched(Around):
    """Knows whether the sandbox beneath works."""

    failures = 0
    """Failures of the sandbox since a program last ran."""

    @property
    def broken(self) -> bool:
        """Whether nothing has run for a while although it was tried."""
        return self.failures >= BROKEN_AFTER

    def run(self, program: Program, limits: Limits = DEFAULT_LIMITS) -> Execution:
        return self._noticed(lambda: self.beneath.run(program, limits))

    def run_pair(
        self,
        subject: Program,
        driver: Program,
        limits: Limits = DEFAULT_LIMITS,
        driver_limits: Limits | None = None,
    ) -> tuple[Execution, Execution]:
        return self._noticed(lambda: self.beneath.run_pair(subject, driver, limits, driver_limits))

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


class Capped(Around):
    """Refuses limits above a ceiling.

    Raises:
        UserError: from :meth:`run` and :meth:`run_pair`, for limits above the ceiling.
    """

    def __init__(self, box: Sandbox, ceiling: Limits) -> None:
        super().__init__(box)
        self.ceiling = ceiling

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
        return super().run(program, limits)

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
        return super().run_pair(subject, driver, limits, driver_limits)
