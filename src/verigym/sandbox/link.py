"""The judging side of one agent: start it, hand it a run, keep the deadline, read what came out.

The judging side owns everything about a run that matters: it makes the files that the program reads
and writes (memfds, passed as descriptors), keeps the clock, and kills by pidfd when time is up.
"""

from __future__ import annotations

import array
import contextlib
import json
import os
import signal
import socket
import subprocess
import threading
import time
from dataclasses import dataclass
from typing import Any

from verigym.errors import SandboxError
from verigym.sandbox import agent, cell
from verigym.sandbox.cgroup import Cgroup
from verigym.sandbox.procfs import children, tree_bytes
from verigym.sandbox.program import Execution, Limit, Limits, Program

START_SECONDS = 30.0
"""How long an agent may take to get ready on a busy machine."""
KILL_SECONDS = 10.0
"""How long a killed run may take to be gone before its agent is given up."""
WATCH_SECONDS = 0.1
"""How often the memory of a run with several processes is looked at."""

_ENVIRONMENT = {"PYTHONHASHSEED": "0", "PYTHONUTF8": "1", "LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"}


class Agent:
    """One agent process and the socket to it. Used by one thread at a time.

    Raises:
        SandboxError: from any method, when the agent failed; it is then dead and must be replaced.
    """

    def __init__(self, config: dict[str, Any], cgroup: Cgroup | None = None) -> None:
        self.tier: int = config["tier"]
        self.cgroup = cgroup
        self.socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._errors = os.memfd_create("verigym-agent-errors")
        self._pidfd = -1
        self._lock = threading.Lock()
        command = [
            cell.interpreter(),
            "-S",
            "-s",
            "-B",
            cell.AGENT,
            str(theirs.fileno()),
            str(os.getpid()),
        ]
        try:
            self.process = subprocess.Popen(
                command,
                env=_ENVIRONMENT,
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._errors,
                cwd="/",
                start_new_session=True,  # a Ctrl-C at the terminal is for us, not for it
            )
        except OSError as error:
            raise SandboxError(f"cannot start {command[0]}: {error}") from error
        finally:
            theirs.close()
        try:
            self.socket.settimeout(START_SECONDS)
            self.socket.send(json.dumps(config).encode())
            ready = self.socket.recv(1 << 16)
        except OSError as error:
            raise self.failed(f"it did not get ready: {error}") from error
        if not ready:
            raise self.failed("it died while starting")
        if problem := json.loads(ready).get("error"):
            raise self.failed(problem)
        if not (pids := children(self.process.pid)):
            raise self.failed(
                "it is not to be seen in /proc, which must be mounted and show our processes"
            )
        self.pid = pids[0]
        self._pidfd = os.pidfd_open(self.pid)

    def failed(self, why: str) -> SandboxError:
        """Kill the agent and describe the failure, with the last that it said."""
        said = (
            os.pread(self._errors, 2000, 0).decode("utf-8", "replace").strip()
            if self._errors >= 0
            else ""
        )
        self.kill()
        return SandboxError(f"sandbox agent: {why}" + (f" ({said.splitlines()[-1]})" if said else ""))

    def submit(self, program: Program, limits: Limits, channel: int | None = None) -> Run:
        """Start one run; ``channel`` is a descriptor for the program's number 5."""
        return Run(self, program, limits, channel)

    def kill_first_child(self) -> None:
        """Kill the program that runs now, if one does.

        The pidfd is checked after it is opened: what is still the agent's child then cannot be some
        other process that was given the same number.
        """
        for pid in children(self.pid)[:1]:
            with contextlib.suppress(ProcessLookupError):
                fd = os.pidfd_open(pid)
                try:
                    if pid in children(self.pid):
                        signal.pidfd_send_signal(fd, signal.SIGKILL)
                finally:
                    os.close(fd)

    def interrupt(self) -> None:
        """From any thread: end the agent, and let the thread that waits for it find out."""
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self._end()

    def kill(self) -> None:
        """End the agent and all that runs in it; returns when all of it is gone."""
        self.socket.close()
        self._end()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(KILL_SECONDS)  # the keeper ends when it has reaped the agent
        self.process.kill()
        self.process.wait()
        self._close_files()
        if self.cgroup:
            self.cgroup.remove()

    def _end(self) -> None:
        """Kill the agent rather than its keeper, so that nobody is left for init to reap."""
        with self._lock:
            if self._pidfd < 0:
                self.process.kill()
                return
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)

    def abandon(self) -> None:
        """In a forked child: let go of a copy of the agent that belongs to the parent."""
        self.socket.close()
        self._close_files()

    def _close_files(self) -> None:
        with self._lock:
            files, self._errors, self._pidfd = (self._errors, self._pidfd), -1, -1
        for fd in files:
            if fd >= 0:
                os.close(fd)


@dataclass
class Streams:
    """The files of one run, as descriptors that we hold too."""

    stdout: int
    stderr: int
    result: int | None

    def close(self) -> None:
        for fd in (self.stdout, self.stderr, self.result):
            if fd is not None:
                os.close(fd)


class Run:
    """One run in flight. :meth:`wait` must be called exactly once, or the agent killed."""

    def __init__(self, owner: Agent, program: Program, limits: Limits, channel: int | None) -> None:
        self.agent, self.program, self.limits = owner, program, limits
        self.started = time.perf_counter()
        self.killed_for: Limit | None = None
        self.deadline = self.started + limits.wall_seconds
        self.streams, lent = self._open_files(channel)
        try:
            if owner.cgroup:
                owner.cgroup.limit(limits.memory_bytes, limits.processes)
            owner.socket.settimeout(KILL_SECONDS)
            owner.socket.sendmsg([self._request(channel)], [_rights(lent.passed)])
        except OSError as error:
            self.streams.close()
            raise owner.failed(f"it takes no more work: {error}") from error
        finally:
            lent.close()

    def wait(self, deadline: float | None = None) -> Execution:
        """The execution, at the latest shortly after the deadline (``time.perf_counter``)."""
        try:
            reply = self._await_reply(self.deadline if deadline is None else deadline)
            return self._execution(reply)
        except OSError as error:
            raise self.agent.failed(f"lost: {error}") from error
        finally:
            self.streams.close()

    def _open_files(self, channel: int | None) -> tuple[Streams, Lent]:
        program = self.program
        lent = Lent()
        streams = Streams(_memfd(), _memfd(), _memfd() if program.result else None)
        lent.own(_memfd(program.packed))
        lent.own(_memfd(program.stdin) if program.stdin else os.open("/dev/null", os.O_RDONLY))  # type: ignore[arg-type]
        lent.passed += [streams.stdout, streams.stderr]
        if program.data is not None:
            lent.own(_memfd(program.data))
        lent.passed += [fd for fd in (streams.result, channel) if fd is not None]
        return streams, lent

    def _request(self, channel: int | None) -> bytes:
        program, limits = self.program, self.limits
        mask = (program.data is not None) | program.result << 1 | (channel is not None) << 2
        return agent.REQUEST.pack(
            agent.COMMAND if program.command else agent.PYTHON,
            mask,
            max(1, -int(-limits.cpu_seconds // 1)),
            limits.memory_bytes,
            limits.processes,
            limits.file_bytes,
            limits.scratch_bytes if program.scratch else 0,
        )

    def _await_reply(self, deadline: float) -> bytes:
        control = self.agent.socket
        look_at = time.perf_counter() + WATCH_SECONDS
        while True:
            now = time.perf_counter()
            control.settimeout(max(0.0005, min(deadline, look_at) - now))
            try:
                reply = control.recv(8192)
            except TimeoutError:
                if time.perf_counter() >= deadline:
                    return self._kill(Limit.WALL)
                if self.over_memory():
                    return self._kill(Limit.MEMORY)
                look_at = time.perf_counter() + WATCH_SECONDS
                continue
            return self._received(reply)

    def over_memory(self) -> bool:
        """Whether several processes together hold more than one may."""
        used, count = tree_bytes(self.agent.pid)
        return count > 1 and used > self.limits.memory_bytes

    def _kill(self, why: Limit) -> bytes:
        """Kill the program; its agent then sweeps up the rest and reports as for any other end."""
        self.killed_for = why
        give_up = time.perf_counter() + KILL_SECONDS
        while time.perf_counter() < give_up:
            self.agent.kill_first_child()
            self.agent.socket.settimeout(0.05)
            try:
                return self._received(self.agent.socket.recv(8192))
            except TimeoutError:
                continue  # it was only about to fork
        raise OSError(f"a killed run was not gone after {KILL_SECONDS} s")

    def _received(self, reply: bytes) -> bytes:
        if not reply:
            raise OSError("it died during a run")
        return reply

    def _execution(self, reply: bytes) -> Execution:
        wall = time.perf_counter() - self.started
        if reply[:1] != b"E":
            raise self.agent.failed(f"a run was not contained: {reply[1:].decode('utf-8', 'replace')}")
        status, user, system, peak = agent.EXITED.unpack(reply[1:])
        code = os.waitstatus_to_exitcode(status)
        stdout, stdout_cut = _read(self.streams.stdout, self.limits.output_bytes)
        stderr, stderr_cut = _read(self.streams.stderr, self.limits.output_bytes)
        result = None
        oversized = False
        if self.streams.result is not None:
            oversized = os.fstat(self.streams.result).st_size > self.limits.result_bytes
            result = None if oversized else os.pread(self.streams.result, self.limits.result_bytes, 0)
        return Execution(
            exit_code=code if code >= 0 else None,
            signal=-code if code < 0 else None,
            stdout=stdout,
            stderr=stderr,
            stdout_cut=stdout_cut,
            stderr_cut=stderr_cut,
            result=result,
            wall_seconds=wall,
            cpu_seconds=user + system,
            peak_bytes=peak * 1024,
            tier=self.agent.tier,
            limit=self._limit(code, user + system, stderr, stdout_cut or stderr_cut or oversized),
        )

    def _limit(self, code: int, cpu: float, stderr: bytes, cut: bool) -> Limit | None:
        bound = self._group_limit(code)
        if self.killed_for or bound:
            return self.killed_for or bound
        if code == -signal.SIGXCPU or cpu >= self.limits.cpu_seconds:
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


class Lent:
    """Descriptors to pass on; those that we do not need ourselves are closed once sent."""

    def __init__(self) -> None:
        self.passed: list[int] = []
        self._ours: list[int] = []

    def own(self, fd: int) -> None:
        self.passed.append(fd)
        self._ours.append(fd)

    def close(self) -> None:
        for fd in self._ours:
            os.close(fd)


def _rights(fds: list[int]) -> tuple[int, int, bytes]:
    return (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds).tobytes())


def _memfd(content: bytes = b"") -> int:
    """An anonymous file with some content, at offset 0."""
    fd = os.memfd_create("verigym")
    done = 0
    while done < len(content):
        done += os.pwrite(fd, content[done:] if done else content, done)
    return fd


def _read(fd: int, most: int) -> tuple[bytes, bool]:
    size = os.fstat(fd).st_size
    if size <= most:
        return os.pread(fd, size, 0), False
    return os.pread(fd, most, 0) + b"\n[cut: %d of %d bytes shown]\n" % (most, size), True


def _last_line(text: bytes) -> bytes:
    return text.rstrip().rpartition(b"\n")[2]
