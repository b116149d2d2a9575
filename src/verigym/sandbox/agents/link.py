"""The judging side of one agent: start it, hand it a run, keep the deadline, read what came out.

The judging side owns everything about a run that matters: it makes the files that the program reads
and writes (``descriptors.py``), keeps the clock, and says on the lifeline when time is up.
"""

from __future__ import annotations

import json
import math
import os
import signal
import time
from typing import Any

from verigym.errors import SandboxError
from verigym.sandbox import files, scope
from verigym.sandbox.agents import cell
from verigym.sandbox.agents.cgroup import Cgroup
from verigym.sandbox.agents.descriptors import Descriptors, read, read_whole
from verigym.sandbox.agents.host import Host
from verigym.sandbox.inside import child
from verigym.sandbox.inside.agent import ENDED, REPLY, REPORT
from verigym.sandbox.inside.watch import (
    OUT_OF_MEMORY,
    OUT_OF_PROCESSES,
    TOO_MUCH_MEMORY,
    TOO_MUCH_SCRATCH,
)
from verigym.sandbox.program import Execution, Limit, Limits, Program

_REASONS = {
    TOO_MUCH_MEMORY: Limit.MEMORY,
    OUT_OF_MEMORY: Limit.MEMORY,
    OUT_OF_PROCESSES: Limit.PROCESSES,
    TOO_MUCH_SCRATCH: Limit.FILE,
}

START_SECONDS = 30.0
"""How long an agent may take to get ready on a busy machine."""
KILL_SECONDS = 10.0
"""How long a killed run may take to be gone before its agent is given up."""
WATCH_SECONDS = 0.1
"""How often the memory of a run with several processes is looked at."""


class NotBegun(SandboxError):
    """The time of a run was over before its program began: it is dead, and its agent is well."""


class Agent:
    """One agent, and what it is asked to run. Used by one thread at a time.

    Raises:
        SandboxError: from any method, when the agent failed; it is then dead and must be replaced.
    """

    def __init__(self, host: Host, config: dict[str, Any], cgroup: Cgroup | None = None) -> None:
        self.host, self.cgroup = host, cgroup
        self.tier: int = config["tier"]
        self.runs = 0
        try:
            self._set_up(config)
        except SandboxError:
            raise
        except OSError as error:
            raise self.failed(f"it did not get ready: {error}") from error
        except BaseException:  # Ctrl-C, say
            self.kill()
            raise

    def _set_up(self, config: dict[str, Any]) -> None:
        self.host.ask(0, json.dumps({"modules": cell.modules(), "config": config}).encode())
        ready = self.host.hear(START_SECONDS)
        if not ready:
            raise self.failed("it died while starting")
        if problem := json.loads(ready).get("error"):
            raise self.failed(problem)
        self.host.ready()

    def failed(self, why: str) -> SandboxError:
        """Kill the agent and describe the failure, with the last that it said."""
        said = self.host.said()
        self.kill()
        return SandboxError(f"sandbox agent: {why}" + (f" ({said.splitlines()[-1]})" if said else ""))

    def submit(self, program: Program, limits: Limits, channel: int | None = None) -> Run:
        """Start one run; ``channel`` is a descriptor for the program's number 5."""
        self.runs += 1
        return Run(self, program, limits, channel)

    def kill_run(self, number: int) -> None:
        """From any thread: kill that run, if it is the one that goes on."""
        self.host.kill_run(number)

    def interrupt(self) -> None:
        """From any thread: end the agent, and let the thread that waits for it find out."""
        self.host.hang_up()
        self.host.end()

    def kill(self) -> None:
        """End the agent and all that runs in it; returns when all of it is gone."""
        self.host.end()
        self.host.close()
        self.host.remove()
        if self.cgroup:
            self.cgroup.remove()

    def abandon(self) -> None:
        """In a forked child: let go of a copy of the agent that belongs to the parent."""
        self.host.abandon()


class Run:
    """One run in flight. :meth:`wait` must be called exactly once, or the agent killed and this closed.

    Raises:
        SandboxError: when it cannot be started.
    """

    def __init__(self, owner: Agent, program: Program, limits: Limits, channel: int | None) -> None:
        self.agent, self.program, self.limits = owner, program, limits
        self.number = owner.runs & 0xFFFFFFFF
        self.killed_for: Limit | None = None
        self.partner: Run | None = None
        """The other run of a pair: the time of both begins when both are there."""
        try:
            self.files = Descriptors(program, limits, channel)
        except OSError as error:
            raise owner.failed(f"no files for a run: {error}") from error
        try:
            self._send(channel)
        except OSError as error:
            self.close()
            raise owner.failed(f"it takes no more work: {error}") from error
        except BaseException:  # Ctrl-C, say
            self.close()
            raise

    def close(self) -> None:
        """Let go of its files; closing twice is fine."""
        self.files.close()

    @property
    def deadline(self) -> float:
        """When its time is up, by ``time.perf_counter``: never while it (or its partner) has not begun,
        nor once it has ended.
        """
        if self.agent.host.ended < math.inf:
            return math.inf
        begun = [run.agent.host.began for run in (self, self.partner) if run]
        return max(begun) + self.limits.wall_seconds

    def wait(self, deadline: float = math.inf) -> Execution:
        """The execution, at the latest shortly after its deadline, or an earlier one.

        Raises:
            Cancelled: when the scope that we are in is over; the run is then dead.
        """
        within = scope.current()
        try:
            with within.on_cancel(lambda: self.agent.kill_run(self.number)):
                reply = self._await_reply(deadline, within)
            return self._execution(reply)
        except OSError as error:
            raise self.agent.failed(f"lost: {error}") from error
        finally:
            self.close()

    def _send(self, channel: int | None) -> None:
        if self.agent.cgroup:
            collector = bool(self.program.keep)
            self.agent.cgroup.limit(self.limits.memory_bytes, self.limits.processes + collector)
        self.agent.host.ask(self.number, self._request(channel), self.files.lent)
        self.files.sent()

    def _request(self, channel: int | None) -> bytes:
        program, limits = self.program, self.limits
        mask = 0
        for bit, there in (
            (child.DATA, program.data is not None),
            (child.RESULT, program.result),
            (child.CHANNEL, channel is not None),
            (child.FILES, program.files or program.keep),
            (child.KEEP, program.keep),
        ):
            mask |= bit if there else 0
        return child.REQUEST.pack(
            child.COMMAND if program.command else child.PYTHON,
            mask,
            self.number,
            max(1, -int(-limits.cpu_seconds // 1)),
            limits.memory_bytes,
            limits.address_space,
            limits.processes,
            limits.file_bytes,
            limits.result_bytes,
            limits.scratch_bytes if program.scratch else 0,
        )

    def _await_reply(self, most: float, within: scope.Scope) -> bytes:
        host = self.agent.host
        look_at = time.perf_counter() + WATCH_SECONDS
        while True:
            last = min(most, self.deadline, within.deadline, look_at)
            try:
                reply = self._received(host.hear(max(0.0005, last - time.perf_counter())))
            except TimeoutError:
                called_off = within.cancelled  # and the agent had not taken the request when told so
                now, deadline = time.perf_counter(), min(most, self.deadline)
                if called_off or now >= min(deadline, within.deadline):
                    reply = self._kill(Limit.WALL)
                    if called_off or within.deadline < deadline:
                        within.check()
                    if host.ended <= deadline:  # by itself, and the news was on its way
                        self.killed_for = None
                    return reply
                if self.over_memory():
                    return self._kill(Limit.MEMORY)
                if self.over_output():
                    return self._kill(Limit.OUTPUT)
                look_at = now + WATCH_SECONDS
                continue
            if within.cancelled:
                within.check()
            return reply

    def over_memory(self) -> bool:
        """Whether the run holds more than it may and nothing else binds it.

        One process is bound by its address space, unless that may be larger than its memory.
        """
        reserves = self.limits.address_space > self.limits.memory_bytes
        return self.agent.host.held(single=reserves) > self.limits.memory_bytes

    def over_output(self) -> bool:
        """Whether a command has filled its standard output: some runtimes do not mind and go on."""
        full = bool(self.program.command) and self.limits.file_bytes > self.limits.output_bytes
        return full and os.fstat(self.files.stdout).st_size >= self.limits.file_bytes

    def _kill(self, why: Limit) -> bytes:
        """Kill the program; its agent then sweeps up the rest and reports as for any other end."""
        self.killed_for = why
        give_up = time.perf_counter() + KILL_SECONDS
        while time.perf_counter() < give_up:
            self.agent.kill_run(self.number)
            try:
                return self._received(self.agent.host.hear(0.05))
            except TimeoutError:
                continue  # it had not even taken the request
        raise OSError(f"a killed run was not gone after {KILL_SECONDS} s")

    def _received(self, reply: bytes) -> bytes:
        if len(reply) < REPLY.size:
            raise OSError("it died during a run")
        return reply

    def _execution(self, reply: bytes) -> Execution:
        kind, number = REPLY.unpack_from(reply)
        if number != self.number:  # never another run's result
            raise self.agent.failed(f"the reply of run {number} to run {self.number}")
        if kind != ENDED and self.killed_for:
            raise NotBegun(
                f"a run had not begun when its {self.limits.wall_seconds:g} s were over: raise "
                "wall_seconds, or give the machine less to do"
            )
        if kind != ENDED:
            said = reply[REPLY.size :].decode("utf-8", "replace")
            raise self.agent.failed(f"a run was not contained: {said}")
        status, user, system, peak, why = REPORT.unpack_from(reply, REPLY.size)
        code = os.waitstatus_to_exitcode(status)
        stdout, stdout_cut = read(self.files.stdout, self.limits.output_bytes)
        stderr, stderr_cut = read(self.files.stderr, self.limits.output_bytes)
        result = read_whole(self.files.result, self.limits.result_bytes)
        archive = read_whole(self.files.kept, self.limits.result_bytes)
        kept = None if archive is None else files.unpack(archive)
        oversized = (self.program.result and result is None) or (
            bool(self.program.keep) and kept is None and code != -signal.SIGKILL  # else it had no end
        )
        return Execution(
            exit_code=code if code >= 0 else None,
            signal=-code if code < 0 else None,
            stdout=stdout,
            stderr=stderr,
            stdout_cut=stdout_cut,
            stderr_cut=stderr_cut,
            result=result,
            wall_seconds=self.agent.host.ended - self.agent.host.began,
            cpu_seconds=user + system,
            peak_bytes=peak * 1024,
            tier=self.agent.tier,
            limit=self._limit(code, why, user + system, stderr, stdout_cut or stderr_cut or oversized),
            files=kept or {},
        )

    def _limit(self, code: int, why: int, cpu: float, stderr: bytes, cut: bool) -> Limit | None:
        bound = _REASONS.get(why) or self._group_limit(code)
        if self.killed_for or bound:
            return self.killed_for or bound
        # When a child of its was stopped, the times lack what the kernel's clock had not yet counted.
        nearly = code != 0 and cpu >= self.limits.cpu_seconds - 0.05
        if code == -signal.SIGXCPU or cpu >= self.limits.cpu_seconds or nearly:
            return Limit.CPU
        if code == -signal.SIGXFSZ:
            return Limit.OUTPUT if cut else Limit.FILE
        if code == 1 and _last_line(stderr).startswith(b"MemoryError"):
            return Limit.MEMORY
        return Limit.OUTPUT if cut else None

    def _group_limit(self, code: int) -> Limit | None:
        """Which bound on the whole run the cgroup enforced, when the run also failed."""
        if self.agent.cgroup is None:
            return None
        exhausted, refused = self.agent.cgroup.news()
        if code == 0:
            return None
        return Limit.MEMORY if exhausted else Limit.PROCESSES if refused else None


def _last_line(text: bytes) -> bytes:
    return text.rstrip().rpartition(b"\n")[2]
