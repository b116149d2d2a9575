"""In a container: what a run holds in all, looked at while it goes on, and what it was refused.

A container is as large as the largest run needs, so its own bounds are not those of each run. Looking
must be quick, because the agent shares its core with the run, and hundreds of processes may want their
turn before it: the container's count of anonymous memory is one small file. Process by process it is
looked at only when that leaves a doubt.
"""

from __future__ import annotations

import mmap
import os

from verigym.sandbox.inside.linux import SCRATCH

BY_ITSELF, TOO_MUCH_MEMORY, OUT_OF_MEMORY, OUT_OF_PROCESSES, TOO_MUCH_SCRATCH = 0, 1, 2, 3, 4
"""Why a run ended."""

_GROUPS = ("/sys/fs/cgroup", "/sys/fs/cgroup/memory", "/sys/fs/cgroup/pids")
_COUNTERS = (
    (OUT_OF_MEMORY, "memory.events", b"oom_kill"),
    (OUT_OF_MEMORY, "memory.oom_control", b"oom_kill"),
    (OUT_OF_PROCESSES, "pids.events", b"max"),
)


class Watch:
    """Looks after the runs of one agent, which are made one after the other."""

    def __init__(self) -> None:
        self._others = {1, os.getpid(), os.getppid()}
        files = [(why, _find(name), key) for why, name, key in _COUNTERS]
        self._counters = [(why, file, key) for why, file, key in files if file is not None]
        self._counts = self._read_counts()
        self._memory = _find("memory.stat")
        # The kernel counts in batches of 64 pages on each processor, and adds them up later.
        self._slack = 128 * mmap.PAGESIZE * (os.cpu_count() or 1)
        self._idle = self._anonymous()[0]

    def over(self, memory: int, space: int) -> int:
        """Which of its own bounds, in bytes, the run has gone beyond."""
        if wrote_more_than(space):
            return TOO_MUCH_SCRATCH
        if not memory:
            return BY_ITSELF
        anonymous, shared = self._anonymous()
        held = anonymous - self._idle
        least, most = held - self._slack, held + shared + self._slack  # what is shared may be files
        if self._memory is None or least <= memory < most:
            least = self._held()
        return TOO_MUCH_MEMORY if least > memory else BY_ITSELF

    def at_end(self, space: int, failed: bool) -> int:
        """What a run that is over has gone beyond: its scratch space, or (which counts only when it
        failed too) one of the container's bounds.
        """
        before, self._counts = self._counts, self._read_counts()
        if wrote_more_than(space):
            return TOO_MUCH_SCRATCH
        if failed:
            for (why, _, _), now, then in zip(self._counters, self._counts, before, strict=True):
                if now > then:
                    return why
        return BY_ITSELF

    def _read_counts(self) -> list[int]:
        return [_row(file, key) for _, file, key in self._counters]

    def _anonymous(self) -> tuple[int, int]:
        """Bytes in the container: of anonymous memory, and of what may be shared or in files there."""
        if self._memory is None:
            return 0, 0
        return _row(self._memory, b"anon") or _row(self._memory, b"rss"), _row(self._memory, b"shmem")

    def _held(self) -> int:
        pids = {int(name) for name in os.listdir("/proc") if name.isdecimal()}
        return sum(map(_proportional, pids - self._others))


def wrote_more_than(space: int) -> bool:
    """Whether more lies in the scratch directory; a run without one (0) cannot write there."""
    if not space:
        return False
    used = os.statvfs(SCRATCH)
    return (used.f_blocks - used.f_bfree) * used.f_frsize > space


def _find(name: str) -> int | None:
    """A file of our cgroup, in either version; None when none is in sight."""
    for folder in _GROUPS:
        try:
            return os.open(f"{folder}/{name}", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            continue
    return None


def _row(file: int, key: bytes) -> int:
    rows = (line.split() for line in os.pread(file, 8192, 0).splitlines())
    return next((int(row[1]) for row in rows if len(row) == 2 and row[0] == key), 0)


def _proportional(pid: int) -> int:
    """Bytes of a process's memory, its share of what it shares with others."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", "rb") as file:
            for line in file:
                if line.startswith(b"Pss:"):
                    return int(line.split()[1]) * 1024
    except PermissionError:  # it hides (PR_SET_DUMPABLE): then what it shares counts in full
        return _resident(pid)
    except (OSError, ValueError):
        pass
    return 0


def _resident(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/statm", "rb") as file:
            return int(file.read().split()[1]) * mmap.PAGESIZE
    except (OSError, ValueError, IndexError):
        return 0
