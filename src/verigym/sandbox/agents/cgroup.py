"""A cgroup of our own for each agent: what bounds a run's memory and processes together.

Both kernel interfaces are spoken: one unified hierarchy (v2) or one for each controller (v1). A group
is made below the one that we are in (or below ``VERIGYM_CGROUP``, for a delegated v2 subtree), it is
joined by each child just before it confines itself, and removed with the sandbox.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re

from verigym.errors import SandboxError

_numbers = itertools.count()
_PREFIX = "verigym-"
MARGIN = 16 << 20
"""What the fork itself and its page tables cost; not the program's."""


class Cgroup:
    """One group, in every hierarchy that it needs.

    Raises:
        SandboxError: when none is delegated to us; the message says what was tried.
    """

    def __init__(self) -> None:
        self._paths: dict[str, str] = {}
        self._limits: tuple[int, int] | None = None
        self._counters: list[tuple[int, bytes]] = []
        self._counts: tuple[int, ...] = (0, 0)
        name = f"{_PREFIX}{os.getpid()}-{next(_numbers)}"
        tried = []
        try:
            for controllers, parent in _parents():
                path = os.path.join(parent, name)
                tried.append(path)
                sweep(parent)
                os.mkdir(path)
                for controller in controllers:
                    self._paths[controller] = path
            self.limit(64 << 20, 8)
            self._open_counters()
        except (OSError, KeyError) as error:
            self.remove()
            raise SandboxError(
                f"no cgroup is delegated to us: {' and '.join(tried)}: {error}"
            ) from None

    @property
    def entrances(self) -> list[str]:
        """The files that a process writes ``0`` to, to join."""
        return [os.path.join(path, "cgroup.procs") for path in sorted(set(self._paths.values()))]

    def limit(self, memory: int, processes: int) -> None:
        """Bound the next run; bytes, and processes with threads."""
        if self._limits == (memory, processes):
            return
        self._limit_memory(memory + MARGIN)
        self._write("pids", "pids.max", processes)
        self._limits = (memory, processes)

    def _limit_memory(self, size: int) -> None:
        if os.path.exists(os.path.join(self._paths["memory"], "memory.max")):
            self._write("memory", "memory.max", size)
            with contextlib.suppress(OSError):  # not there without swap
                self._write("memory", "memory.swap.max", 0)
            self._write("memory", "memory.oom.group", 1)
            return
        with contextlib.suppress(
            OSError
        ):  # not there without swap accounting; must stay above the other
            self._write("memory", "memory.memsw.limit_in_bytes", -1)
        self._write("memory", "memory.limit_in_bytes", size)
        with contextlib.suppress(OSError):
            self._write("memory", "memory.memsw.limit_in_bytes", size)

    def news(self) -> tuple[bool, bool]:
        """Since the last call: (the memory ran out and something was killed, a process was refused)."""
        before, self._counts = self._counts, tuple(map(self._count, self._counters))
        exhausted, refused = (now > then for now, then in zip(self._counts, before, strict=True))
        return exhausted, refused

    def _open_counters(self) -> None:
        unified = os.path.exists(os.path.join(self._paths["memory"], "memory.events"))
        memory = "memory.events" if unified else "memory.oom_control"
        for controller, name, key in (("memory", memory, b"oom_kill"), ("pids", "pids.events", b"max")):
            fd = os.open(os.path.join(self._paths[controller], name), os.O_RDONLY | os.O_CLOEXEC)
            self._counters.append((fd, key))

    @staticmethod
    def _count(counter: tuple[int, bytes]) -> int:
        fd, key = counter
        rows = (line.split() for line in os.pread(fd, 4096, 0).splitlines())
        return next((int(row[1]) for row in rows if len(row) == 2 and row[0] == key), 0)

    def remove(self) -> None:
        """Remove the group; it is empty once its agent is gone."""
        for fd, _ in self._counters:
            os.close(fd)
        self._counters = []
        for path in set(self._paths.values()):
            with contextlib.suppress(OSError):
                os.rmdir(path)
        self._paths = {}

    def _write(self, controller: str, name: str, value: int) -> None:
        with open(os.path.join(self._paths[controller], name), "w") as file:
            file.write(str(value))


def describe() -> str | None:
    """Where our groups are made, in words; None when no cgroup is delegated to us."""
    try:
        parents = _parents()
    except (SandboxError, OSError):
        return None
    if not all(os.access(folder, os.W_OK) for _, folder in parents):
        return None
    return ", ".join(f"{'+'.join(controllers)} in {folder}" for controllers, folder in parents)


def _parents() -> list[tuple[tuple[str, ...], str]]:
    """(controllers, folder to make a group in) for all that we need: memory and pids."""
    if told := os.environ.get("VERIGYM_CGROUP"):
        return [(("memory", "pids"), told)]
    mounts = _mounts()
    ours: dict[str, str] = {}
    with open("/proc/self/cgroup") as file:
        for line in file:
            _, controllers, path = line.rstrip("\n").split(":", 2)
            for controller in controllers.split(","):
                ours[controller] = path
    if "memory" in mounts and "pids" in mounts:
        return [((name,), _here(mounts[name], ours.get(name, "/"))) for name in ("memory", "pids")]
    if "" in mounts:
        for parent in (_here(mounts[""], ours.get("", "/")), mounts[""]):
            with (
                contextlib.suppress(OSError),
                open(os.path.join(parent, "cgroup.subtree_control")) as file,
            ):
                if {"memory", "pids"} <= set(file.read().split()):
                    return [(("memory", "pids"), parent)]
        raise SandboxError("memory and pids are not enabled for the children of our cgroup")
    raise SandboxError("no cgroup hierarchy with memory and pids is mounted")


def _here(mount: str, path: str) -> str:
    """Our own group's folder; in a container, the path that is told may be one of the host's."""
    folder = mount + path
    return folder if os.path.isdir(folder) else mount


def _mounts() -> dict[str, str]:
    """Controller -> mount point; the unified hierarchy is under the empty name."""
    found: dict[str, str] = {}
    with open("/proc/self/mountinfo") as file:
        for line in file:
            fields, _, tail = line.partition(" - ")
            kind, _, options = tail.split()[:3]
            point = fields.split()[4]
            if kind == "cgroup2":
                found.setdefault("", point)
            elif kind == "cgroup":
                for option in options.split(","):
                    found.setdefault(option, point)
    return found


def sweep(parent: str) -> None:
    """Remove empty groups that a crashed process of ours left behind."""
    for name in os.listdir(parent):
        found = re.fullmatch(rf"{_PREFIX}(\d+)-\d+", name)
        if found and not os.path.exists(f"/proc/{found.group(1)}"):
            with contextlib.suppress(OSError):
                os.rmdir(os.path.join(parent, name))
