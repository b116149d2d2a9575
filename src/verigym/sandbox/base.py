"""The contract of every sandbox backend: ``run(Program, Limits) -> Execution``."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from types import TracebackType
from typing import Any, ClassVar

from verigym.sandbox.program import Execution, Limits, Program

DEFAULT_LIMITS = Limits()


class Sandbox(ABC):
    """Runs untrusted programs. Usable from many threads at a time; a context manager.

    Every method that runs something raises :class:`verigym.errors.SandboxError` when the sandbox
    itself failed, so that nothing is known about the program. What a program does never raises.
    """

    name: ClassVar[str]
    tier: int
    """The containment that holds for every run: see ``docs/sandbox.md``."""
    workers: int
    """How many runs (or pairs) go on at a time; more callers wait."""

    @abstractmethod
    def run(self, program: Program, limits: Limits = DEFAULT_LIMITS) -> Execution:
        """Run one program to its end or its limits."""

    @abstractmethod
    def run_pair(
        self,
        subject: Program,
        driver: Program,
        limits: Limits = DEFAULT_LIMITS,
        driver_limits: Limits | None = None,
    ) -> tuple[Execution, Execution]:
        """Run two programs that are contained apart and joined by one stream socket, descriptor 5.

        The pair is over when the driver is; a subject that lingers is then killed.
        """

    @abstractmethod
    def capabilities(self) -> Mapping[str, Any]:
        """What this sandbox contains and what not; ``docs/sandbox.md`` explains each key."""

    @abstractmethod
    def close(self) -> None:
        """Kill what runs and leave nothing behind. Closing twice is fine."""

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
