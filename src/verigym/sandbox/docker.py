"""The docker sandbox: agents in hardened containers, kept warm and replaced when they break.

A container is the cell; inside it each run is a Landlock domain of its own, and what a run leaves is
killed and wiped before the next. With ``fresh=True`` every run has a container that nobody used before.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import struct
import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from verigym.errors import Cancelled, SandboxError, SandboxUnavailable, UserError
from verigym.sandbox import cell, container, engine
from verigym.sandbox.base import DEFAULT_LIMITS
from verigym.sandbox.host import Host
from verigym.sandbox.link import START_SECONDS, Agent
from verigym.sandbox.pool import PooledSandbox, Slot
from verigym.sandbox.program import Execution, Limits, MiB, Program

Done = TypeVar("Done")

DOOR = "/run/verigym"
"""Where a container sees the folder with the socket to us."""
OVERHEAD_BYTES = 96 * MiB
"""What init and the agent need of a container's memory, beside the programs."""
OVERHEAD_PROCESSES = 8
_LOOK_SECONDS = 0.5


@dataclass(frozen=True)
class Bounds:
    """What all that runs in a container may use together; from the limits of a run."""

    memory_bytes: int
    processes: int
    scratch_bytes: int

    @staticmethod
    def of(limits: Limits) -> Bounds:
        """What a run with these limits needs, rounded up: a little more is no other container."""
        asked = (limits.memory_bytes, limits.processes, limits.scratch_bytes)
        return Bounds(*(1 << (value - 1).bit_length() for value in asked))

    def grown(self, other: Bounds) -> Bounds:
        """The least that is enough for both."""
        return Bounds(
            max(self.memory_bytes, other.memory_bytes),
            max(self.processes, other.processes),
            max(self.scratch_bytes, other.scratch_bytes),
        )


class Door:
    """A socket on this machine that one container can see, and through it comes the agent."""

    def __init__(self) -> None:
        self.folder = tempfile.mkdtemp(prefix=f"verigym-{os.getpid()}-")
        self.inner = os.path.join(self.folder, "door")  # shown; the outer one keeps others out
        os.mkdir(self.inner, 0o755)
        os.chmod(self.inner, 0o755)
        path = os.path.join(self.inner, "socket")
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._listener.bind(path)
        os.chmod(path, 0o666)  # the container's user is nobody here
        self._listener.listen(2)

    def answer(self, user: int | None, alive: Callable[[], str | None]) -> socket.socket:
        """The next connection, from that user; ``alive`` says why none will come any more."""
        give_up = time.perf_counter() + START_SECONDS
        self._listener.settimeout(_LOOK_SECONDS)
        while time.perf_counter() < give_up:
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                if (why := alive()) is not None:
                    raise SandboxError(f"the agent in the container did not start: {why}") from None
                continue
            credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
            if user is None or struct.unpack("3i", credentials)[1] == user:
                return connection
            connection.close()
        raise SandboxError(f"the agent in the container did not connect within {START_SECONDS} s")

    def close(self) -> None:
        self._listener.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class Contained(Host):
    """An agent in a container of an engine on this machine, at the other end of a unix socket.

    Raises:
        SandboxError: when the engine fails, or the image cannot run the agent.
    """

    def __init__(self, settings: Settings, bounds: Bounds, core: int) -> None:
        self.engine, self.bounds = settings.engine, bounds
        command = ["python3", "-I", "-S", "-B", "-c", cell.boot(), "unix", f"{DOOR}/socket"]
        with contextlib.ExitStack() as undo:
            door = Door()
            undo.callback(door.close)
            self._container = container.create(
                settings.engine,
                settings.image,
                command,
                memory_bytes=bounds.memory_bytes + bounds.scratch_bytes + OVERHEAD_BYTES,
                processes=bounds.processes + OVERHEAD_PROCESSES,
                scratch_bytes=bounds.scratch_bytes,
                cores=[core],
                runtime=settings.runtime,
                binds={DOOR: door.inner},
            )
            undo.callback(self._container.remove)
            self._container.start()
            user = None if settings.engine.remapped else self._container.user
            self.control = door.answer(user, self._ended)
            undo.callback(self.control.close)
            self.lifeline = door.answer(user, self._ended)
            undo.pop_all()
        door.close()  # nobody else comes in

    def _ended(self) -> str | None:
        return self._container.ended()

    def ready(self) -> None:
        """Nothing is left to find out."""

    def held(self, single: bool) -> int:
        return 0  # its agent watches

    def said(self) -> str:
        return ""

    def end(self) -> None:
        self.hang_up()  # the agent kills what runs, then ends, and with it the container

    def remove(self) -> None:
        with contextlib.suppress(SandboxError):  # an engine that is gone took its containers along
            self._container.remove()

    def abandon(self) -> None:
        self.close()


@dataclass(frozen=True)
class Settings:
    """What all containers of a sandbox have in common."""

    engine: engine.Engine
    image: str
    runtime: str | None
    most: Bounds


class ContainerSlot(Slot):
    """A warm container for each role on one core; a run that needs more gets a larger one."""

    def __init__(self, settings: Settings, core: int) -> None:
        super().__init__(self._start_agent)
        self._settings, self._core = settings, core
        self._bounds = Bounds.of(DEFAULT_LIMITS)

    def prepare(self, *limits: Limits) -> None:
        """Replace containers that are too small for what comes."""
        grown = self._bounds
        for each in limits:
            grown = grown.grown(Bounds.of(each))
        if grown != self._bounds:
            self.discard()
            self._bounds = grown

    def run(self, program: Program, limits: Limits) -> Execution:
        self.prepare(limits)
        return super().run(program, limits)

    def run_pair(
        self, subject: Program, driver: Program, limits: Limits, driver_limits: Limits
    ) -> tuple[Execution, Execution]:
        self.prepare(limits, driver_limits)
        return super().run_pair(subject, driver, limits, driver_limits)

    def _key(self, role: str, program: Program) -> tuple[str, bool]:
        return role, True  # scratch is always there

    def _start_agent(self, role: str, scratch: bool) -> Agent:
        return Agent(
            Contained(self._settings, self._bounds, self._core), cell.container_configuration()
        )


class FreshSlot(ContainerSlot):
    """A slot whose containers serve one run each; the next are started while it goes on."""

    def __init__(self, settings: Settings, core: int) -> None:
        super().__init__(settings, core)
        self._spares: dict[str, Future[Agent]] = {}
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
                with contextlib.suppress(SandboxError):
                    spare.result().kill()
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

    def _start_agent(self, role: str, scratch: bool) -> Agent:
        start = super()._start_agent
        spare = self._spares.pop(role, None)
        self._spares[role] = self._later(start, role, scratch)
        if spare is not None:
            with contextlib.suppress(SandboxError):  # it could not start then; perhaps now
                return spare.result()
        return start(role, scratch)

    def _retire(self) -> None:
        for agent in self._take():
            self._later(agent.kill)

    def _later(self, do: Callable[..., Done], *args: Any) -> Future[Done]:
        if self._background is None:
            self._background = ThreadPoolExecutor(3, thread_name_prefix="verigym-docker")
        return self._background.submit(do, *args)


class DockerSandbox(PooledSandbox):
    """Runs programs in containers of a Docker engine.

    Args:
        image: what the containers are made of; it holds ``python3`` and the languages to run.
        workers: how many runs at a time; ``None`` is one for each core that we may use.
        fresh: give every run (or each side of a pair) a container of its own, never used before.
        runtime: an OCI runtime that the engine has, such as ``runsc``.
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
        memory_bytes: int = 4096 * MiB,
        processes: int = 512,
        scratch_bytes: int = 1024 * MiB,
    ) -> None:
        most = Bounds(memory_bytes, processes, scratch_bytes)
        cores = sorted(os.sched_getaffinity(0))
        count = len(cores) if workers is None else workers
        if type(count) is not int or count < 1:
            raise UserError(f"workers is {workers!r}; it must be an int of at least 1")
        found = engine.connect()
        found.check_local()
        found.check_runtime(runtime)
        container.reap(found)
        sweep_doors()
        self._settings = Settings(found, image, runtime, most)
        self._fresh = fresh
        kind = FreshSlot if fresh else ContainerSlot
        super().__init__([kind(self._settings, cores[n % len(cores)]) for n in range(count)])

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

    def check(self, program: Program, limits: Limits) -> None:
        most = self._settings.most
        for name in ("memory_bytes", "processes", "scratch_bytes"):
            asked, held = getattr(limits, name), getattr(most, name)
            if asked > held:
                raise SandboxUnavailable(
                    f"the limit {name} is {asked}, and containers of this sandbox hold at most {held}: "
                    f"open it with {name}={asked}, or lower the limit"
                )
        if program.keep and not self.capabilities()["subprocesses"]:
            raise SandboxUnavailable(
                "to keep files needs subprocesses, which containers on this kernel cannot hold apart: "
                "Landlock 6 (Linux 6.12) is needed"
            )

    def capabilities(self) -> Mapping[str, Any]:
        return {
            **cell.capabilities(1),
            "process_list": True,
            "subprocesses": cell.landlock_abi() >= 6,
            "scratch": True,
            "scratch_bounded": False,
            "container": self._settings.image,
            "runtime": self._settings.runtime or "default",
            "fresh": self._fresh,
        }


def _twice(run: Callable[[], Done]) -> Done:
    """Run; when a container broke, once more on the one that replaces it."""
    try:
        return run()
    except (Cancelled, SandboxUnavailable):
        raise
    except SandboxError:
        return run()


def sweep_doors() -> None:
    """Remove the socket folders that crashed processes of ours left behind."""
    folder = tempfile.gettempdir()
    for name in os.listdir(folder):
        prefix, _, rest = name.partition("-")
        pid = rest.partition("-")[0]
        path = os.path.join(folder, name)
        if prefix == "verigym" and pid.isdecimal() and not os.path.exists(f"/proc/{pid}"):
            with contextlib.suppress(FileNotFoundError):  # another process of ours was quicker
                if os.lstat(path).st_uid == os.geteuid():
                    shutil.rmtree(path, ignore_errors=True)  # which follows no link
