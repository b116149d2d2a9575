"""The docker sandbox: agents in hardened containers, kept warm and replaced when they break.

A container is the cell; inside it each run is a Landlock domain of its own, and what a run leaves is
killed and wiped before the next. With ``fresh=True`` every run has a container that nobody used before.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import os
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from verigym.errors import Cancelled, SandboxError, SandboxUnavailable, UserError
from verigym.sandbox.agents import cell
from verigym.sandbox.agents.link import Agent
from verigym.sandbox.agents.pool import PooledSandbox, Slot, core_for
from verigym.sandbox.base import DEFAULT_LIMITS
from verigym.sandbox.docker import container, engine
from verigym.sandbox.docker.contained import Bounds, Contained, Settings
from verigym.sandbox.docker.door import BehindDoor, sweep_doors
from verigym.sandbox.docker.stream import Streamed
from verigym.sandbox.program import Execution, Limits, MiB, Program

Done = TypeVar("Done")

_log = logging.getLogger(__name__)

TRANSPORTS: dict[str, type[Contained]] = {"socket": BehindDoor, "stream": Streamed}
"""How an agent is reached: by a socket that it shares a folder with, or over its standard streams."""

SHARING_KERNEL = (None, "runc", "crun", "io.containerd.runc.v2")
"""Runtimes whose containers see our sockets; others (gVisor, Kata) may have a kernel of their own."""


class ContainerSlot(Slot):
    """A warm container for each role on one core; a run that needs more gets a larger one."""

    def __init__(self, settings: Settings, core: int) -> None:
        super().__init__(self._start_agent)
        self._settings, self._core = settings, core
        self._bounds = Bounds.of(DEFAULT_LIMITS)

    def prepare(self, *runs: tuple[Program, Limits]) -> None:
        """Replace containers that are too small for what comes."""
        grown = self._bounds
        for program, limits in runs:
            grown = grown.grown(self._settings.bounds_of(program, limits))
        if grown != self._bounds:
            self.discard()
            self._bounds = grown

    def run(self, program: Program, limits: Limits) -> Execution:
        self.prepare((program, limits))
        return super().run(program, limits)

    def run_pair(
        self, subject: Program, driver: Program, limits: Limits, driver_limits: Limits
    ) -> tuple[Execution, Execution]:
        self.prepare((subject, limits), (driver, driver_limits))
        return super().run_pair(subject, driver, limits, driver_limits)

    def _key(self, role: str, program: Program) -> tuple[str, tuple[str, ...]]:
        return role, program.packages  # scratch is always there

    def _start_agent(self, role: str, packages: tuple[str, ...]) -> Agent:
        host = self._settings.start(self._bounds, self._core, packages)
        return Agent(host, host.configuration())


class FreshSlot(ContainerSlot):
    """A slot whose containers serve one run each; the next are started while it goes on.

    The next for a role is thought to need the packages that the last one did.
    """

    def __init__(self, settings: Settings, core: int) -> None:
        super().__init__(settings, core)
        self._spares: dict[tuple[str, tuple[str, ...]], Future[Agent]] = {}
        self._background: ThreadPoolExecutor | None = None

    def run(self, program: Program, limits: Limits) -> Execution:
        try:
            return super().run(program, limits)
        finally:
            self._retire()

    def run_pair(
        self, subject: Program, driver: Program, limits: Limits, driver_limits: Limits
    ) -> tuple[Execution, Execution]:
        try:
            return super().run_pair(subject, driver, limits, driver_limits)
        finally:
            self._retire()

    def discard(self) -> None:
        super().discard()
        spares, self._spares = self._spares, {}
        for spare in spares.values():
            if not spare.cancel():
                _kill(spare)
        background, self._background = self._background, None
        if background is not None:
            background.shutdown(wait=True)

    def forget(self) -> None:
        super().forget()
        spares, self._spares = self._spares, {}
        for spare in spares.values():
            if spare.done() and not spare.exception():
                spare.result().abandon()
        self._background = None  # its threads stayed behind in the parent

    def _start_agent(self, role: str, packages: tuple[str, ...]) -> Agent:
        start = super()._start_agent
        spare = self._spares.pop((role, packages), None)
        for key in [key for key in self._spares if key[0] == role]:
            self._later(_kill, self._spares.pop(key))
        self._spares[role, packages] = self._later(start, role, packages)
        if spare is not None:
            with contextlib.suppress(SandboxError):  # it could not start then; perhaps now
                return spare.result()
        return start(role, packages)

    def _retire(self) -> None:
        for agent in self._take():
            self._later(agent.kill)

    def _later(self, do: Callable[..., Done], *args: Any) -> Future[Done]:
        if self._background is None:
            self._background = ThreadPoolExecutor(3, thread_name_prefix="verigym-docker")
        return self._background.submit(do, *args)


def _kill(spare: Future[Agent]) -> None:
    with contextlib.suppress(SandboxError):
        spare.result().kill()


class DockerSandbox(PooledSandbox):
    """Runs programs in containers of a Docker engine.

    Args:
        image: what the containers are made of; it holds ``python3`` and the languages to run.
        workers: how many runs at a time; ``None`` is one for each core that we may use, or that the
            machine of a remote engine has.
        fresh: give every run (or each side of a pair) a container of its own, never used before.
        runtime: an OCI runtime that the engine has, such as ``runsc``.
        transport: how programs get to the containers: ``"socket"`` is quicker and needs an engine on
            this machine, ``"stream"`` goes wherever an engine is; ``"auto"`` chooses.
        memory_bytes: the most that a run's limits may ask for; likewise ``processes`` and
            ``scratch_bytes``. Containers start at the default limits and grow when a run needs it.

    Raises:
        SandboxUnavailable: when there is no engine, no image, no such runtime; the message says what
            to do.
    """

    name = "docker"
    tier = 1

    def __init__(
        self,
        image: str = container.DEFAULT_IMAGE,
        workers: int | None = None,
        fresh: bool = False,
        runtime: str | None = None,
        transport: str = "auto",
        memory_bytes: int = 4096 * MiB,
        processes: int = 512,
        scratch_bytes: int = 1024 * MiB,
    ) -> None:
        most = Bounds(memory_bytes, processes, scratch_bytes)
        if workers is not None and (type(workers) is not int or workers < 1):
            raise UserError(f"workers is {workers!r}; it must be an int of at least 1")
        if transport not in ("auto", *TRANSPORTS):
            raise UserError(f"transport is {transport!r}; it must be auto, {' or '.join(TRANSPORTS)}")
        found = engine.connect()
        found.check_runtime(runtime)
        container.require(found, image)
        container.reap(found)
        sweep_doors()
        cores = sorted(os.sched_getaffinity(0)) if found.local else list(range(found.cores))
        self._cores = cores
        count = len(cores) if workers is None else workers
        home = _home(transport, found, runtime)
        self._settings = Settings(found, image, runtime, most, home, fresh)
        kind = FreshSlot if fresh else ContainerSlot
        super().__init__([kind(self._settings, core_for(n, cores)) for n in range(count)])

    def run(self, program: Program, limits: Limits = DEFAULT_LIMITS) -> Execution:
        return _twice(lambda: super(DockerSandbox, self).run(program, limits))

    def run_pair(
        self,
        subject: Program,
        driver: Program,
        limits: Limits = DEFAULT_LIMITS,
        driver_limits: Limits | None = None,
    ) -> tuple[Execution, Execution]:
        pair = super().run_pair
        return _twice(lambda: pair(subject, driver, limits, driver_limits))

    def close(self) -> None:
        super().close()
        with contextlib.suppress(SandboxError):  # an engine that is gone took its containers along
            container.remove_all(self._settings.engine, self._settings.box)

    def check(self, program: Program, limits: Limits) -> None:
        most = self._settings.most
        for name in ("memory_bytes", "processes", "scratch_bytes"):
            asked, held = getattr(limits, name), getattr(most, name)
            if asked > held:
                raise SandboxUnavailable(
                    f"the limit {name} is {asked}, and containers of this sandbox hold at most {held}: "
                    f"open it with {name}={asked}, or lower the limit"
                )
        if program.packages and not self._abi:
            raise SandboxUnavailable(
                "to show a program Python packages needs Landlock, which would keep it from changing "
                "them, and the containers' kernel has none"
            )
        self._settings.parts_of(program.packages)  # or what is missing
        if program.keep and not self.capabilities()["subprocesses"]:
            raise SandboxUnavailable(
                "to keep files needs subprocesses, which containers on this kernel cannot hold apart: "
                "Landlock 6 (Linux 6.12) is needed"
            )

    def capabilities(self) -> Mapping[str, Any]:
        return {
            **cell.capabilities(1),
            "process_list": True,
            "subprocesses": self._abi >= 6,
            "scratch": True,
            "scratch_bounded": False,
            "packages": self._abi > 0,
            "container": self._settings.image,
            "runtime": self._settings.runtime or "default",
            "fresh": self._settings.fresh,
            "transport": next(name for name, home in TRANSPORTS.items() if home is self._settings.home),
        }

    @functools.cached_property
    def _abi(self) -> int:
        """The version of Landlock that the containers' kernel has."""
        return self._settings.home.landlock_abi(self._settings, self._cores[0])


def _home(transport: str, found: engine.Engine, runtime: str | None) -> type[Contained]:
    if transport == "socket":
        found.check_local()
    if transport == "auto":
        transport = "socket" if found.local and runtime in SHARING_KERNEL else "stream"
    return TRANSPORTS[transport]


def _twice(run: Callable[[], Done]) -> Done:
    """Run; when a container broke, once more on the one that replaces it."""
    try:
        return run()
    except (Cancelled, SandboxUnavailable):
        raise
    except SandboxError as error:
        _log.warning("a container broke, and its run is done again: %s", error)
        return run()
