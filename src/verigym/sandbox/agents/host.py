"""Where an agent lives: what starts it, speaks with it, and makes it end."""

from __future__ import annotations

import array
import contextlib
import math
import os
import select
import signal
import socket
import subprocess
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence

from verigym.errors import SandboxError
from verigym.sandbox.agents import cell
from verigym.sandbox.agents.descriptors import Loan
from verigym.sandbox.agents.procfs import children, tree_bytes
from verigym.sandbox.inside.agent import KILL

SEND_SECONDS = 10.0
"""How long an agent may leave a request lying."""
END_SECONDS = 10.0
"""How long a killed agent may take to be gone before its keeper is killed too."""

_ENVIRONMENT = {"PYTHONHASHSEED": "0", "PYTHONUTF8": "1", "LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"}


class Host(ABC):
    """One agent's home, and the way to it: one request at a time, each with one reply.

    Raises:
        OSError: from ``ask`` and ``hear``, when the agent is gone.
    """

    @property
    @abstractmethod
    def began(self) -> float:
        """When the request that was last asked reached the agent, by ``time.perf_counter``; infinite
        while it is on its way.
        """

    @property
    @abstractmethod
    def ended(self) -> float:
        """When its run was over; infinite while it goes on. The reply itself may come later."""

    @abstractmethod
    def ask(self, number: int, message: bytes, loans: Sequence[Loan] = ()) -> None:
        """Send a request, which has a number."""

    @abstractmethod
    def hear(self, seconds: float) -> bytes:
        """The reply; empty when the agent hung up.

        Raises:
            TimeoutError: when none comes in time.
        """

    @abstractmethod
    def kill_run(self, number: int) -> None:
        """From any thread: have the run of the request with that number killed, if it still goes on."""

    @abstractmethod
    def ready(self) -> None:
        """Called once, when the agent has said that it is ready."""

    @abstractmethod
    def held(self, single: bool) -> int:
        """Bytes of memory of the run that goes on; 0 where the agent itself watches that, and for a
        run of one process unless ``single``.
        """

    @abstractmethod
    def said(self) -> str:
        """The last that the agent or its interpreter complained about."""

    @abstractmethod
    def hang_up(self) -> None:
        """From any thread: let whoever waits for the agent find out that it is gone."""

    @abstractmethod
    def end(self) -> None:
        """From any thread, without waiting: kill the agent and all that runs in it."""

    @abstractmethod
    def close(self) -> None:
        """Close our ends."""

    @abstractmethod
    def remove(self) -> None:
        """Wait until all is gone, and leave nothing behind."""

    @abstractmethod
    def abandon(self) -> None:
        """In a forked child: let go of our copies of what belongs to the parent."""


class Direct(Host):
    """A host that sockets reach, and descriptors with them: ``control`` and ``lifeline``."""

    control: socket.socket
    lifeline: socket.socket
    began = ended = math.inf

    def ask(self, number: int, message: bytes, loans: Sequence[Loan] = ()) -> None:
        fds = array.array("i", [loan.fd for loan in loans]).tobytes()
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)] if fds else []
        self.control.settimeout(SEND_SECONDS)
        self.began, self.ended = time.perf_counter(), math.inf
        self.control.sendmsg([message], rights)

    def hear(self, seconds: float) -> bytes:
        self.control.settimeout(seconds)
        reply = self.control.recv(1 << 16)
        self.ended = time.perf_counter()
        return reply

    def kill_run(self, number: int) -> None:
        with contextlib.suppress(OSError):  # whoever waits for the run will find the agent dead
            self.lifeline.send(KILL.pack(number), socket.MSG_DONTWAIT)

    def hang_up(self) -> None:
        for connection in (self.control, self.lifeline):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.control.close()
        self.lifeline.close()


class Process(Direct):
    """An agent on this machine: a process tree of our own.

    Raises:
        SandboxError: when it cannot be started.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pidfd = -1
        self.pid = 0
        command = [cell.interpreter(), "-S", "-s", "-B", "-c", cell.boot(), "fds"]
        try:
            self._start(command)
        except OSError as error:
            raise SandboxError(f"cannot start {command[0]}: {error}") from error

    def _start(self, command: list[str]) -> None:
        with contextlib.ExitStack() as ours, contextlib.ExitStack() as theirs:
            pairs = [socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET) for _ in range(2)]
            for mine, lent in pairs:
                ours.enter_context(mine)
                theirs.enter_context(lent)
            self.control, self.lifeline = (mine for mine, _ in pairs)
            passed = [lent.fileno() for _, lent in pairs]
            self._errors = os.memfd_create("verigym-agent-errors")
            ours.callback(os.close, self._errors)
            self.process = subprocess.Popen(
                [*command, *map(str, passed), str(os.getpid())],
                env=_ENVIRONMENT,
                pass_fds=passed,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._errors,
                cwd="/",
                start_new_session=True,  # a Ctrl-C at the terminal is for us, not for it
            )
            ours.pop_all()

    def ready(self) -> None:
        if not (pids := children(self.process.pid)):
            raise OSError("it is not to be seen in /proc, which must be mounted and show our processes")
        self.pid = pids[0]
        self._pidfd = os.pidfd_open(self.pid)

    def held(self, single: bool) -> int:
        return tree_bytes(self.pid, single)

    def said(self) -> str:
        with self._lock:
            text = os.pread(self._errors, 2000, 0) if self._errors >= 0 else b""
        return text.decode("utf-8", "replace").strip()

    def end(self) -> None:
        """Kill the agent rather than its keeper, so that nobody is left for init to reap."""
        with self._lock:
            if self._pidfd < 0:
                self.process.kill()
                return
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)

    def remove(self) -> None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(END_SECONDS)  # the keeper ends when it has reaped the agent
        self.process.kill()
        self.process.wait()
        if self._pidfd >= 0:  # the agent, if somebody has killed its keeper first
            gone = select.poll()
            gone.register(self._pidfd, select.POLLIN)
            gone.poll(END_SECONDS * 1000)
        self._close_files()

    def abandon(self) -> None:
        self._lock = threading.Lock()  # a thread that stayed behind in the parent may hold the other
        self.close()
        self._close_files()

    def _close_files(self) -> None:
        with self._lock:
            files, self._errors, self._pidfd = (self._errors, self._pidfd), -1, -1
        for fd in files:
            if fd >= 0:
                os.close(fd)
