"""The agent: a warm fork server that runs one untrusted program at a time, contained.

It runs inside the sandbox, under a bare interpreter, from sources that ``boot.py`` is sent; it needs
the standard library only. It becomes three kinds of process:

* the **keeper**, which builds the cell (namespaces, read-only root), forks the agent into it and then
  only waits: when the judging side dies it kills the agent, and with it everything inside. In a
  container, which is a cell already, there is none;
* the **agent**, process 1 of the cell, which forks for each run. It hands on descriptors and numbers
  and *never reads a job's bytes*, so its memory holds nothing of one job for a later one to find;
* the **child** (``child.py``), forked ahead of its request, which confines itself, then reads its own
  program and runs it.

A run is over when the program's first process is; whatever it left behind is killed in one atomic
``kill(-1)`` before the result is told, so no daemon, pipe or mount outlives a run. On the lifeline, a
socket beside the control socket, the judging side says which run to kill; when it hangs up there, all
ends.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import _sitebuiltins
import builtins
import fcntl
import gc
import importlib
import importlib.machinery
import json
import mmap
import os
import resource
import select
import signal
import socket
import struct
import sys
import time
from typing import Any, NoReturn

from verigym.sandbox.inside import scratch
from verigym.sandbox.inside.child import FIRST_FREE_FD, GONE, RUNNING, STATE, WAITING, Child
from verigym.sandbox.inside.linux import (
    PACKAGES,
    PR_SET_CHILD_SUBREAPER,
    PR_SET_DUMPABLE,
    PR_SET_PDEATHSIG,
    child_signals,
    prctl,
    share_one_heap,
)
from verigym.sandbox.inside.namespaces import become_nobody, build_cell, leave_namespaces
from verigym.sandbox.inside.watch import BY_ITSELF, Watch

REPLY = struct.Struct("<cI")
"""What it is, and the number of the run: ENDED, then the report; or FAILED, then words."""
ENDED, FAILED = b"E", b"X"
REPORT = struct.Struct("<iddqB")
"""wait status, user s, system s, peak resident KiB, why we killed it."""
KILL = struct.Struct("<I")
"""On the lifeline: the number of the run to kill."""
WATCH_SECONDS = 0.1
MOST_STILLBORN = 3


class Agent:
    """Answers one request after the other, until the judging side hangs up."""

    def __init__(
        self, control: socket.socket, lifeline: socket.socket, config: dict[str, Any], child: Child
    ) -> None:
        self.control, self.lifeline, self.child = control, lifeline, child
        self.sweeps = config["sweeps"]
        self.contained = config["in_container"]
        self.watch = Watch() if self.contained else None
        self.state = mmap.mmap(-1, mmap.PAGESIZE)
        self.ended = child_signals()
        self.poll = select.poll()
        self.poll.register(self.ended, select.POLLIN)
        self.poll.register(lifeline, select.POLLIN)

    def serve(self) -> NoReturn:
        stillborn = 0
        while stillborn < MOST_STILLBORN:
            self.state[:] = bytes(len(self.state))
            pid = os.fork()
            if pid == 0:
                try:
                    self.child.run(self.control, self.state)
                finally:  # whatever the program did to us, it never gets to be the agent
                    os._exit(1)
            status, usage, why = self.wait(pid)
            if self.state[0] == WAITING:  # nobody asked for anything yet
                if status == GONE << 8:
                    break
                stillborn += 1
                continue
            stillborn = 0
            if self.sweeps:
                sweep()
            self.tell(status, usage, why)
            if self.contained:
                scratch.tidy()
        os._exit(0)

    def wait(self, pid: int) -> tuple[int, resource.struct_rusage, int]:
        """Wait for the child's end, reaping every orphan that is handed to us meanwhile."""
        why = BY_ITSELF
        look_at = 0.0
        while True:
            ready = self.poll.poll(WATCH_SECONDS * 1000 if self.watch else None)
            if any(fd != self.ended for fd, _ in ready):
                self.obey(pid)
            if self.watch and (now := time.monotonic()) >= look_at:  # however much else happens
                look_at = now + WATCH_SECONDS
                if over := self.watch.over(*self.running()):
                    why = over
                    os.kill(pid, signal.SIGKILL)
            try:
                os.read(self.ended, 4096)
            except BlockingIOError:
                continue
            while (found := os.wait4(-1, os.WNOHANG))[0]:
                if found[0] == pid:
                    if self.watch:
                        space = self.running()[1]
                        why = why or self.watch.at_end(space, failed=bool(found[1]))
                    return found[1], found[2], why

    def running(self) -> tuple[int, int]:
        """Bytes of memory and of scratch space that the program may hold; 0 for what nobody counts."""
        phase, _, memory, space = STATE.unpack_from(self.state)
        return (memory, space) if phase == RUNNING else (0, 0)

    def obey(self, pid: int) -> None:
        """Kill the run that the judging side wants killed, if it still runs; end if nobody is there."""
        message = self.lifeline.recv(KILL.size)
        if not message:
            os.kill(pid, signal.SIGKILL)
            if self.sweeps:
                sweep()
            os._exit(0)
        phase, number, _, _ = STATE.unpack_from(self.state)
        if phase != WAITING and KILL.unpack(message)[0] == number:
            os.kill(pid, signal.SIGKILL)

    def tell(self, status: int, usage: resource.struct_rusage, why: int) -> None:
        phase, number, _, _ = STATE.unpack_from(self.state)
        if phase == RUNNING:
            spent = REPORT.pack(status, usage.ru_utime, usage.ru_stime, usage.ru_maxrss, why)
            self.control.send(REPLY.pack(ENDED, number) + spent)
        else:
            text = bytes(self.state[STATE.size :]).rstrip(b"\0")
            self.control.send(REPLY.pack(FAILED, number) + (text or b"the child died"))


def sweep() -> None:
    """Kill and reap all that the run left; ``kill(-1)`` misses nobody but ourselves and process 1."""
    try:
        os.kill(-1, signal.SIGKILL)
    except ProcessLookupError:
        return
    while True:
        try:
            os.wait4(-1, 0)
        except ChildProcessError:
            return


def keep(judge: int, agent: int) -> NoReturn:
    """The keeper: end with the agent, and end the agent when the judging side is gone."""
    poll = select.poll()
    poll.register(judge, select.POLLIN)
    poll.register(os.pidfd_open(agent), select.POLLIN)
    if any(fd == judge for fd, _ in poll.poll()):
        os.kill(agent, signal.SIGKILL)
    try:  # the agent, and (at tier 1, orphaned by its death) the program that died with it
        while True:
            os.waitpid(-1, 0)
    except ChildProcessError:
        os._exit(0)


def split_from_keeper(
    judge: int, config: dict[str, Any], control: socket.socket, lifeline: socket.socket
) -> None:
    """Fork: we return as the agent, in its cell; the parent stays behind as the keeper."""
    judge_fd = os.pidfd_open(judge)
    privileged = (os.geteuid() == 0 and config["namespaces"]) or config["become_nobody"]
    if config["namespaces"]:
        leave_namespaces()
    prctl(PR_SET_CHILD_SUBREAPER, int(config["alone"]))
    if agent := os.fork():
        control.close()
        lifeline.close()
        if privileged:
            become_nobody()
        keep(judge_fd, agent)
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    os.close(judge_fd)
    if config["namespaces"]:
        build_cell(config)
    elif privileged:
        become_nobody()
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # again: a change of user forgets it


def warm_up(config: dict[str, Any]) -> None:
    """Import what programs often use; compile and run a first program."""
    for name in config["warm"]:
        importlib.import_module(name)
    for name in ("exit", "quit"):  # what the skipped `site` module would have added
        setattr(builtins, name, _sitebuiltins.Quitter(name, "end of file"))
    text = "import sys\nclass A:\n    def f(self, n):\n        return [f'{i}' for i in range(n)]\n"
    for _ in range(3):
        exec(compile(text + "A().f(3)\nsys.stdout.flush()\n", "main.py", "exec"), {"__name__": "warm"})


def show_packages(config: dict[str, Any]) -> None:
    """Let programs import the packages that this cell shows; after everything else on the path."""
    if not config["packages"]:
        return
    if config["in_container"]:  # whose image holds them; elsewhere they are mounted
        for path, name in config["packages"]:
            os.symlink(path, f"{PACKAGES}/{name}")
    sys.path.append(PACKAGES)
    try:
        for name in config["modules"]:
            if importlib.machinery.PathFinder.find_spec(name, [PACKAGES]) is None:
                raise ImportError(f"nobody but its owner can read {name!r}")
        for name in config["warm_packages"]:
            importlib.import_module(name)
    except ImportError as error:
        raise OSError(f"a Python package cannot be imported here: {error}") from error


def reset_signals() -> None:
    """Forget what our parent ignored or blocked: programs must not behave by who started us."""
    for number in signal.valid_signals() - {
        signal.SIGKILL,
        signal.SIGSTOP,
        signal.SIGPIPE,
        signal.SIGXFSZ,
    }:
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def lift(connection: socket.socket) -> socket.socket:
    """The same socket on a high descriptor, so that a run's descriptors never collide with it."""
    lifted = socket.socket(fileno=fcntl.fcntl(connection, fcntl.F_DUPFD_CLOEXEC, FIRST_FREE_FD))
    connection.close()
    return lifted


def main(
    control: socket.socket, lifeline: socket.socket, judge: int, config: dict[str, Any]
) -> NoReturn:
    """Become keeper and agent; ``judge`` is the judging side's process id, where it can be seen."""
    reset_signals()
    share_one_heap()
    os.chdir("/")  # where a run without a scratch directory finds itself
    control, lifeline = lift(control), lift(lifeline)
    while (fd := os.open("/dev/null", os.O_RDWR)) < FIRST_FREE_FD:
        pass  # keep the low numbers taken
    os.close(fd)
    try:
        warm_up(config)
        cgroup_fds = [os.open(path, os.O_WRONLY) for path in config["cgroups"]]
        if judge:
            split_from_keeper(judge, config, control, lifeline)
        else:
            prctl(PR_SET_CHILD_SUBREAPER, 1)
        show_packages(config)
        # Deaf to what runs inside, and told of its end when we ask.
        _signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGCHLD))
        os.environ.clear()
        os.environ.update(config["environment"])
        if config["hides"]:
            prctl(PR_SET_DUMPABLE, 0)
        child = Child(config, cgroup_fds)
        agent_of = Agent(control, lifeline, config, child)
        child.confine_agent()
    except OSError as error:
        control.send(json.dumps({"error": str(error)}).encode())
        os._exit(1)
    control.send(b"{}")
    gc.collect()
    gc.freeze()
    gc.disable()
    agent_of.serve()
