"""The child: takes a request, confines itself, then reads its own program and becomes it.

It is forked ahead of its request, so that a run does not wait for the fork. What stands in a request
is seen by the child alone; the agent that it was forked from never reads a job's bytes.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import contextlib
import mmap
import os
import resource
import signal
import socket
import struct
import sys
from typing import Any, NoReturn

from verigym.sandbox.inside import programs, scratch
from verigym.sandbox.inside.linux import (
    CLONE_NEWNS,
    MS_NODEV,
    MS_NOSUID,
    PR_SET_NO_NEW_PRIVS,
    PR_SET_PDEATHSIG,
    SCRATCH,
    Filter,
    Landlock,
    drop_capabilities,
    mount,
    prctl,
    unshare,
)

# The two sides share these: `link.py` imports this package as ordinary modules.
REQUEST = struct.Struct("<BBIIQQIQQQ")
"""kind, mask of optional descriptors, run number, cpu s, memory, address space, processes, file bytes,
bytes to keep, scratch bytes. With it come: program, stdin, stdout, stderr, and what the mask says, in
this order."""
PYTHON, COMMAND = 0, 1
DATA, RESULT, CHANNEL, FILES, KEEP = 1, 2, 4, 8, 16
DATA_FD, RESULT_FD, CHANNEL_FD = 3, 4, 5
MOST_FDS = 9
FIRST_FREE_FD = 16

# What child and agent tell each other, in memory that they share.
WAITING, CONFINING, RUNNING = 0, 1, 2
STATE = struct.Struct("<BxxxIQQ")
"""phase, run number, memory bytes, scratch bytes; a failure's description follows."""
GONE = 3
"""The exit code of a child that found nobody there to make a request."""


class Child:
    """What a forked child does. :meth:`run` never returns."""

    def __init__(self, config: dict[str, Any], cgroup_fds: list[int]) -> None:
        self.config = config
        self.cgroup_fds = cgroup_fds
        self.landlock = Landlock(config["landlock"]) if config["landlock"] else None
        self.filter = bytes.fromhex(config["child_filter"])
        self.filter_pid = config["child_filter_pid"]  # where the child's own pid goes, or None

    def confine_agent(self) -> None:
        """What holds for every run is done once, here, and inherited; that costs a run nothing.

        Only an agent that mounts scratch directories leaves Landlock to each child: confined, it could
        no longer mount.
        """
        config = self.config
        if config["cores"]:
            os.sched_setaffinity(0, config["cores"])
        prctl(PR_SET_NO_NEW_PRIVS, 1)
        if self.landlock and not config["mounts_scratch"]:
            if config["in_container"]:
                self.landlock.restrict_agent()
            else:
                self.landlock.restrict(scratch=False)
            drop_capabilities()
        if config["filter"]:
            Filter(bytes.fromhex(config["filter"])).install()

    def run(self, control: socket.socket, state: mmap.mmap) -> NoReturn:
        os.setsid()
        if self.config["alone"]:
            prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # elsewhere the agent's death ends the namespace
        _signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGINT, signal.SIGCHLD))
        for fd in self.cgroup_fds:  # ahead of the request: after a pause the kernel takes 10 ms for it
            os.write(fd, b"0")
        message, fds = take(control)
        if not message:
            os._exit(GONE)
        kind, mask, number, *limits = REQUEST.unpack(message)
        STATE.pack_into(state, 0, CONFINING, number, limits[1], limits[-1])
        try:
            source, keep = self.confine(mask, limits, fds)
            state[0] = RUNNING
        except BaseException as error:
            text = f"{type(error).__name__}: {error}".encode()[: len(state) - STATE.size - 1]
            state[STATE.size : STATE.size + len(text)] = text
            os._exit(1)
        state.close()  # from here on nothing that the program does can look like our failure
        kept = keep.fd if keep else CHANNEL_FD
        os.closerange(CHANNEL_FD + 1, kept)
        os.closerange(kept + 1, 256)  # before anything foreign runs beside us: the control socket, too
        if keep is not None:
            scratch.hand_over_to(keep)
        file_bytes = limits[4]
        resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
        if kind == PYTHON:
            programs.run_python(source)
        programs.run_command(source)

    def confine(
        self, mask: int, limits: list[int], fds: list[int]
    ) -> tuple[bytes, scratch.Keep | None]:
        cpu, _, address, processes, _, kept_bytes, scratch_bytes = (
            limits  # memory is watched, from outside
        )
        config = self.config
        source = os.pread(fds[0], os.fstat(fds[0]).st_size, 0)
        optional = iter(fds[4:])
        rest = {bit: next(optional) for bit in (DATA, RESULT, CHANNEL, FILES, KEEP) if mask & bit}
        lend(fds[1:4], rest)
        if config["mounts_scratch"]:
            mount_scratch(scratch_bytes)
        keep = None
        if scratch_bytes:
            os.chdir(SCRATCH)
            sys.path.insert(0, SCRATCH)  # modules lie beside the program, as for ``python main.py``
            if FILES in rest:
                patterns = scratch.unpack(rest[FILES])
                keep = scratch.Keep(rest[KEEP], patterns, kept_bytes) if KEEP in rest else None
        if config["in_container"]:  # if memory runs out there, the program shall go, and not the agent
            be_first_to_die()
        for what, value in (
            (resource.RLIMIT_AS, address),
            # Each socket pair may hold memory that nothing counts; compilers need some more files.
            (resource.RLIMIT_NOFILE, 256 if scratch_bytes else 64),
            (resource.RLIMIT_CORE, 0),
        ):
            resource.setrlimit(what, (value, value))
        resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
        if config["counted"] is not None:  # how many processes of ours share the count by user
            most = processes + config["counted"] + (keep is not None)
            resource.setrlimit(resource.RLIMIT_NPROC, (most, most))
        if self.landlock and (config["mounts_scratch"] or config["in_container"]):
            self.landlock.restrict(scratch=bool(scratch_bytes))
            drop_capabilities()
        if self.filter:
            self.install_filter()
        return source, keep

    def install_filter(self) -> None:
        code, where = self.filter, self.filter_pid
        if where is not None:
            code = code[:where] + struct.pack("<I", os.getpid()) + code[where + 4 :]
        Filter(code).install()


def take(control: socket.socket) -> tuple[bytes, list[int]]:
    """The next request and its descriptors; no message when the judging side has hung up."""
    message, ancillary, _, _ = control.recvmsg(REQUEST.size, socket.CMSG_SPACE(MOST_FDS * 4))
    return message, [fd for _, _, data in ancillary for fd in memoryview(data).cast("i")]


def lend(streams: list[int], rest: dict[int, int]) -> None:
    """Put the run's descriptors at their agreed numbers, and nothing where there is none."""
    for target, fd in enumerate(streams):
        os.dup2(fd, target)
    for bit, target in ((DATA, DATA_FD), (RESULT, RESULT_FD), (CHANNEL, CHANNEL_FD)):
        if bit in rest:
            os.dup2(rest[bit], target)
        else:
            os.close(target)


def be_first_to_die() -> None:
    """Have the kernel choose this process when a container's memory runs out."""
    with contextlib.suppress(OSError):  # of one that hides, this file is not its own
        fd = os.open("/proc/self/oom_score_adj", os.O_WRONLY)
        os.write(fd, b"1000")
        os.close(fd)


def mount_scratch(size: int) -> None:
    """A tmpfs of this run's own; it goes with the last process of the run."""
    unshare(CLONE_NEWNS)
    options = f"size={size},nr_inodes=4096,mode=755".encode()
    mount(b"tmpfs", SCRATCH, b"tmpfs", MS_NOSUID | MS_NODEV, options)
