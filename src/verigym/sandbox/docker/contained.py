"""An agent in a container: what all such homes have in common, whichever way leads to them."""

from __future__ import annotations

import contextlib
import secrets
from abc import abstractmethod
from dataclasses import dataclass, field
from typing import Any, ClassVar

from verigym.errors import SandboxError
from verigym.sandbox.agents import cell
from verigym.sandbox.agents.host import Host
from verigym.sandbox.agents.packages import PackageUnavailable, Parts
from verigym.sandbox.docker import container, packages
from verigym.sandbox.docker.engine import Engine
from verigym.sandbox.program import Limits, MiB, Program

OVERHEAD_BYTES = 96 * MiB
"""What init, the bridge and the agent need of a container's memory, beside the programs."""
OVERHEAD_PROCESSES = 8
_LEAST_INPUT_BYTES = 16 * MiB
MOST_KNOWN = 64
"""Sets of packages of which is kept where they lie."""


@dataclass(frozen=True)
class Bounds:
    """What all that runs in a container may use together; from the limits of a run."""

    memory_bytes: int
    processes: int
    scratch_bytes: int
    input_bytes: int = 0
    """What a run is given to read, where that lies in the container's memory."""

    @staticmethod
    def of(limits: Limits, input_bytes: int = 0) -> Bounds:
        """What a run with these limits needs, rounded up: a little more is no other container."""
        inputs = max(input_bytes, _LEAST_INPUT_BYTES) if input_bytes else 1
        asked = (limits.memory_bytes, limits.processes, limits.scratch_bytes, inputs)
        return Bounds(*(1 << (value - 1).bit_length() for value in asked))

    def grown(self, other: Bounds) -> Bounds:
        """The least that is enough for both."""
        return Bounds(
            max(self.memory_bytes, other.memory_bytes),
            max(self.processes, other.processes),
            max(self.scratch_bytes, other.scratch_bytes),
            max(self.input_bytes, other.input_bytes),
        )


@dataclass(frozen=True)
class Settings:
    """What all containers of a sandbox have in common."""

    engine: Engine
    image: str
    runtime: str | None
    most: Bounds
    home: type[Contained]
    """What agents live in."""
    fresh: bool = False
    """Whether each container serves one run only."""
    box: str = field(default_factory=lambda: secrets.token_hex(8))
    """A name of the sandbox, by which its containers are found again."""
    _found: dict[tuple[str, ...], Parts | str] = field(default_factory=dict, compare=False)

    def parts_of(self, names: tuple[str, ...]) -> Parts:
        """Where in the image the packages lie that programs name. To look costs a container, so what
        was found is kept, and what was not too.

        Raises:
            PackageUnavailable: when it lacks one.
            SandboxError: when the engine fails.
        """
        if not names:
            return ()
        found: Parts | str | None = self._found.get(names)
        if found is None:
            try:
                found = packages.found(self.engine, self.image, self.runtime, names)
            except PackageUnavailable as error:
                found = str(error)
            if len(self._found) >= MOST_KNOWN:
                self._found.clear()
            self._found[names] = found
        if isinstance(found, str):
            raise PackageUnavailable(found)
        return found

    def start(self, bounds: Bounds, core: int, names: tuple[str, ...] = ()) -> Contained:
        """A new home, on one core, that shows the packages of these names.

        Raises:
            SandboxError: when there can be none.
        """
        try:
            return self.home(self, bounds, core, names)
        except OSError as error:  # no descriptors left, say
            raise SandboxError(f"cannot start a container, or speak with it: {error}") from error

    def bounds_of(self, program: Program, limits: Limits) -> Bounds:
        """What its container must hold for a run."""
        given = (program.packed, program.stdin, program.data or b"", *program.files.values())
        return Bounds.of(limits, sum(map(len, given)) if self.home.holds_inputs else 0)


class Contained(Host):
    """An agent in a container. Subclasses know the way to it.

    Raises:
        SandboxError: when the engine fails, or the image cannot run the agent.
    """

    holds_inputs: ClassVar[bool]
    """Whether what a run is given lies in the container's memory, and not in ours."""
    _container: container.Container

    @abstractmethod
    def __init__(
        self, settings: Settings, bounds: Bounds, core: int, names: tuple[str, ...] = ()
    ) -> None:
        self._names, self._parts = names, settings.parts_of(names)

    def create(
        self, settings: Settings, bounds: Bounds, core: int, *words: str, **options: Any
    ) -> container.Container:
        """The container, not yet running. ``words`` are for ``boot.py``, ``options`` for the engine."""
        held = bounds.memory_bytes + bounds.scratch_bytes + bounds.input_bytes
        self._container = container.create(
            settings.engine,
            settings.image,
            ["python3", "-I", "-S", "-B", "-c", cell.boot(), *words],
            memory_bytes=held + OVERHEAD_BYTES,
            processes=bounds.processes + OVERHEAD_PROCESSES,
            scratch_bytes=bounds.scratch_bytes,
            packages=bool(self._parts),
            cores=[core],
            runtime=settings.runtime,
            labels={container.BOX: settings.box},
            **options,
        )
        return self._container

    @classmethod
    def landlock_abi(cls, settings: Settings, core: int) -> int:
        """The version of Landlock that the containers' kernel has."""
        return cell.landlock_abi()

    def configuration(self) -> dict[str, Any]:
        """What the agent must know, as JSON."""
        return cell.container_configuration(packages=self._names, parts=self._parts)

    def ready(self) -> None:
        """Nothing is left to find out."""

    def held(self, single: bool) -> int:
        return 0  # its agent watches

    def said(self) -> str:
        return ""

    def remove(self) -> None:
        with contextlib.suppress(SandboxError):  # an engine that is gone took its containers along
            self._container.remove()
