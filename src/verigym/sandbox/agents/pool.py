"""What pooled sandboxes share: slots with warm agents, taken in turn, replaced when they break."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
import weakref
from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from verigym.errors import Cancelled, SandboxError, UserError
from verigym.sandbox import files
from verigym.sandbox.agents.link import Agent, NotBegun
from verigym.sandbox.agents.turns import Turns
from verigym.sandbox.base import DEFAULT_LIMITS, Sandbox
from verigym.sandbox.program import Execution, Limits, Program

LINGER_SECONDS = 2.0
"""How long the subject of a pair may take to end once its driver has ended."""

MOST_AGENTS = 8
"""How many agents one slot keeps; each set of packages that programs name takes one of its own."""

Start = Callable[..., Agent]
"""Starts the agent for a key of :meth:`Slot._key`: for a role (``subject`` or ``driver``), with or
without scratch directories, with packages."""


def core_for(slot: int, cores: Sequence[int]) -> int:
    """The core of a slot. Processes begin at different ones: where each of many trainers' processes
    judges one answer at a time, the first slots would otherwise all share the first core.
    """
    return cores[(os.getpid() + slot) % len(cores)]


class PooledSandbox(Sandbox):
    """Runs each program on one of its slots; more callers than slots wait in line."""

    def __init__(self, slots: list[Slot]) -> None:
        self.workers = len(slots)
        self._slots = slots
        self._free = Turns(slots)
        self._closed = False
        _open_sandboxes.add(self)

    @abstractmethod
    def check(self, program: Program, limits: Limits) -> None:
        """Refuse what this sandbox cannot hold, with a :class:`verigym.errors.SandboxUnavailable`."""

    def run(self, program: Program, limits: Limits = DEFAULT_LIMITS) -> Execution:
        self._check(program, limits)
        with self._slot() as slot:
            return slot.run(program, limits)

    def run_pair(
        self,
        subject: Program,
        driver: Program,
        limits: Limits = DEFAULT_LIMITS,
        driver_limits: Limits | None = None,
    ) -> tuple[Execution, Execution]:
        driver_limits = driver_limits or limits
        self._check(subject, limits)
        self._check(driver, driver_limits)
        with self._slot() as slot:
            return slot.run_pair(subject, driver, limits, driver_limits)

    def close(self) -> None:
        self._closed = True
        for slot in self._slots:
            slot.interrupt()  # the thread that waits for a run there is told so, and cleans up
        for slot in self._free.take_idle():
            slot.discard()
            self._free.give(slot)

    def _check(self, program: Program, limits: Limits) -> None:
        if program.files and (size := files.room(program.files)) > limits.scratch_bytes:
            raise UserError(
                f"the files take {size} bytes of scratch space and scratch_bytes is "
                f"{limits.scratch_bytes}; give fewer, or raise the limit"
            )
        self.check(program, limits)

    @contextlib.contextmanager
    def _slot(self) -> Iterator[Slot]:
        slot = self._free.take()
        try:
            if self._closed:
                raise SandboxError("the sandbox is closed")
            yield slot
        except (Cancelled, NotBegun):
            raise  # the run is dead and the agent well
        except BaseException as error:
            slot.discard()  # whatever it was doing, nobody waits for it any more
            if isinstance(error, OSError):  # no descriptors left, say
                raise SandboxError(f"cannot begin a run: {error}") from error
            raise
        finally:
            if self._closed:
                slot.discard()
            self._free.give(slot)

    def _forget(self) -> None:
        """In a forked child: the agents are the parent's; start our own when needed."""
        for slot in self._slots:
            slot.forget()
        self._free = Turns(self._slots)


class Slot:
    """The agents that share one core, each started when first needed.

    The subject and the driver of a pair run in cells of their own.
    """

    def __init__(self, start: Start) -> None:
        self._start = start
        self._agents: dict[tuple[Any, ...], Agent] = {}
        self._lock = threading.Lock()
        self._interrupted = False

    def run(self, program: Program, limits: Limits) -> Execution:
        return self._agent("subject", program).submit(program, limits).wait()

    def run_pair(
        self, subject: Program, driver: Program, limits: Limits, driver_limits: Limits
    ) -> tuple[Execution, Execution]:
        mine, theirs = socket.socketpair()
        with contextlib.ExitStack() as files:
            with mine, theirs:
                one, other = self._agent("subject", subject), self._agent("driver", driver)
                first = one.submit(subject, limits, mine.fileno())
                files.callback(first.close)  # if nobody comes to wait for it
                second = other.submit(driver, driver_limits, theirs.fileno())
                first.partner, second.partner = second, first
            try:
                driven = second.wait()
            except (Cancelled, NotBegun):
                with contextlib.suppress(Cancelled, NotBegun):
                    first.wait(0.0)
                raise
            return first.wait(time.perf_counter() + LINGER_SECONDS), driven

    def discard(self) -> None:
        """Kill the agents; the next run starts fresh ones."""
        for agent in self._take():
            agent.kill()

    def interrupt(self) -> None:
        """From any thread: end what runs here; whoever waits for it gets a SandboxError."""
        with self._lock:
            self._interrupted = True
            for agent in self._agents.values():
                agent.interrupt()

    def forget(self) -> None:
        """In a forked child: let go of the parent's agents."""
        self._lock = threading.Lock()
        for agent in self._take():
            agent.abandon()

    def _key(self, role: str, program: Program) -> tuple[Any, ...]:
        return role, program.scratch, program.packages

    def _agent(self, role: str, program: Program) -> Agent:
        key = self._key(role, program)
        if key not in self._agents:
            agent = self._start(*key)
            with self._lock:
                oldest = next(iter(self._agents)) if len(self._agents) >= MOST_AGENTS else None
                surplus = self._agents.pop(oldest) if oldest else None
                self._agents[key] = agent
                if self._interrupted:  # while it was starting
                    agent.interrupt()
            if surplus is not None:
                surplus.kill()
        with self._lock:  # the last used stands last: the other side of a pair must not go
            agent = self._agents[key] = self._agents.pop(key)
        return agent

    def _take(self) -> list[Agent]:
        with self._lock:
            agents, self._agents = list(self._agents.values()), {}
        return agents


_open_sandboxes: weakref.WeakSet[PooledSandbox] = weakref.WeakSet()


def _after_fork_in_child() -> None:
    for sandbox in list(_open_sandboxes):
        sandbox._forget()


os.register_at_fork(after_in_child=_after_fork_in_child)
