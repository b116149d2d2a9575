"""The local sandbox: agents on this machine, one pinned to each core, no daemon and no privilege."""

from __future__ import annotations

import contextlib
import os
import queue
import socket
import threading
import time
import weakref
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

from verigym.errors import SandboxError, SandboxUnavailable
from verigym.sandbox import cell
from verigym.sandbox.base import DEFAULT_LIMITS, Sandbox
from verigym.sandbox.cgroup import Cgroup
from verigym.sandbox.link import Agent
from verigym.sandbox.program import Execution, Limits, Program
from verigym.sandbox.tiers import best_tier

LINGER_SECONDS = 2.0
"""How long the subject of a pair may take to end once its driver has ended."""


class LocalSandbox(Sandbox):
    """Runs programs on this machine, as contained as its kernel allows.

    Args:
        tier: the least containment that you accept; ``None`` takes the best that there is.
        workers: how many runs at a time; ``None`` is one for each core that we may use.
        unsafe: use tier 0, which contains nothing but time and memory.
        highest: use no tier above this one: to try here what a weaker machine would hold.

    Raises:
        SandboxUnavailable: when this machine lacks the tier; the message names the ways out.
    """

    name = "local"

    def __init__(
        self,
        tier: int | None = None,
        workers: int | None = None,
        unsafe: bool = False,
        highest: int = 3,
    ) -> None:
        self.tier = best_tier(tier, unsafe, highest)
        cores = sorted(os.sched_getaffinity(0))
        self.workers = workers if workers is not None else len(cores)
        if self.workers < 1:
            raise SandboxUnavailable(f"workers is {workers}; it must be at least 1")
        self._slots = [Slot(self.tier, [cores[i % len(cores)]]) for i in range(self.workers)]
        self._free = Turns(self._slots)
        self._closed = False
        _open_sandboxes.add(self)

    def run(self, program: Program, limits: Limits = DEFAULT_LIMITS) -> Execution:
        self._check(program)
        with self._slot() as slot:
            return slot.run(program, limits)

    def run_pair(
        self,
        subject: Program,
        driver: Program,
        limits: Limits = DEFAULT_LIMITS,
        driver_limits: Limits | None = None,
    ) -> tuple[Execution, Execution]:
        self._check(subject, driver)
        with self._slot() as slot:
            return slot.run_pair(subject, driver, limits, driver_limits or limits)

    def capabilities(self) -> Mapping[str, Any]:
        return cell.capabilities(self.tier)

    def close(self) -> None:
        self._closed = True
        for slot in self._slots:
            slot.interrupt()  # the thread that waits for a run there is told so, and cleans up
        for slot in self._free.take_idle():
            slot.discard()
            self._free.give(slot)

    def _check(self, *programs: Program) -> None:
        if self.tier < 2 and any(program.scratch for program in programs):
            raise SandboxUnavailable(
                f"a scratch directory needs tier 2, this sandbox has tier {self.tier}; "
                "run `verigym doctor` to see why, or run the program without scratch"
            )

    @contextlib.contextmanager
    def _slot(self) -> Iterator[Slot]:
        slot = self._free.take()
        try:
            if self._closed:
                raise SandboxError("the sandbox is closed")
            yield slot
        except BaseException:
            slot.discard()  # whatever it was doing, nobody waits for it any more
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


class Turns:
    """The free slots. Whoever waits longest is given the next: nobody who returns may push in first."""

    def __init__(self, slots: list[Slot]) -> None:
        self._lock = threading.Lock()
        self._idle = slots[::-1]
        self._waiting: deque[queue.SimpleQueue[Slot]] = deque()

    def take(self) -> Slot:
        """A free slot, when it is our turn."""
        with self._lock:
            if self._idle:
                return self._idle.pop()
            turn: queue.SimpleQueue[Slot] = queue.SimpleQueue()
            self._waiting.append(turn)
        try:
            return turn.get()
        except (
            BaseException
        ):  # Ctrl-C while we wait: leave the line, or pass on what we were just given
            with self._lock:
                given = turn not in self._waiting
                if not given:
                    self._waiting.remove(turn)
            if given:
                self.give(turn.get())
            raise

    def give(self, slot: Slot) -> None:
        """Hand a slot back."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().put(slot)
            else:
                self._idle.append(slot)

    def take_idle(self) -> list[Slot]:
        """All that are free now, without waiting."""
        with self._lock:
            idle, self._idle = self._idle, []
        return idle


class Slot:
    """The agents of one core, each started when first needed.

    The subject and the driver of a pair run in cells of their own, and an agent that can make scratch
    directories holds more rights until each run, so others are used where none is asked for.
    """

    def __init__(self, tier: int, cores: list[int]) -> None:
        self._tier, self._cores = tier, cores
        self._agents: dict[tuple[str, bool], Agent] = {}
        self._lock = threading.Lock()
        self._interrupted = False

    def run(self, program: Program, limits: Limits) -> Execution:
        return self._agent("subject", program).submit(program, limits).wait()

    def run_pair(
        self, subject: Program, driver: Program, limits: Limits, driver_limits: Limits
    ) -> tuple[Execution, Execution]:
        mine, theirs = socket.socketpair()
        with mine, theirs:
            first = self._agent("subject", subject).submit(subject, limits, mine.fileno())
            second = self._agent("driver", driver).submit(driver, driver_limits, theirs.fileno())
        driven = second.wait()
        return first.wait(min(first.deadline, time.perf_counter() + LINGER_SECONDS)), driven

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
        self._lock = threading.Lock()
        for agent in self._take():
            agent.abandon()

    def _agent(self, role: str, program: Program) -> Agent:
        key = (role, program.scratch)
        if key not in self._agents:
            agent = self._start(program.scratch)
            with self._lock:
                self._agents[key] = agent
                if self._interrupted:  # while it was starting
                    agent.interrupt()
        return self._agents[key]

    def _start(self, scratch: bool) -> Agent:
        cgroup = Cgroup() if self._tier >= 3 else None
        return Agent(cell.configuration(self._tier, self._cores, cgroup, scratch), cgroup)

    def _take(self) -> list[Agent]:
        with self._lock:
            agents, self._agents = list(self._agents.values()), {}
        return agents


_open_sandboxes: weakref.WeakSet[LocalSandbox] = weakref.WeakSet()


def _after_fork_in_child() -> None:
    for sandbox in list(_open_sandboxes):
        sandbox._forget()


os.register_at_fork(after_in_child=_after_fork_in_child)
