"""Whose a container is, and whether its owner still lives: so that nothing outlives a killed process.

An owner is one process in the history of one machine. Its number alone would not do: numbers are given
again, mean other processes in other pid namespaces, and start anew with each boot.
"""

from __future__ import annotations

import functools
import hashlib
import os
import socket
from dataclasses import dataclass


@dataclass(frozen=True)
class Owner:
    """One process, named for as long as anybody may ask."""

    machine: str
    """A hash of the machine's id and host name; empty when it has no id."""
    boot: str
    namespace: str
    """The pid namespace that its number belongs to."""
    pid: int
    started: int
    """Clock ticks from the boot to its start."""

    def __str__(self) -> str:
        return f"{self.machine}:{self.boot}:{self.namespace}:{self.pid}:{self.started}"

    @classmethod
    def parse(cls, text: str) -> Owner | None:
        """The owner that a label names; None for what :meth:`__str__` did not write."""
        try:
            machine, boot, namespace, pid, started = text.split(":")
            return cls(machine, boot, namespace, int(pid), int(started))
        except ValueError:
            return None

    @classmethod
    def ourselves(cls) -> Owner:
        """The calling process."""
        pid = os.getpid()
        return cls(_machine(), _boot(), _namespace(), pid, _start_of(pid) or 0)

    @property
    def dead(self) -> bool:
        """Whether it is known to be gone. Of what we cannot look at, nothing is known: other machines,
        other pid namespaces.
        """
        if self.boot != _boot():
            return bool(self.machine) and self.machine == _machine()
        here = _namespace()
        return here != "" and self.namespace == here and _start_of(self.pid) != self.started


@functools.cache
def _boot() -> str:
    return _read("/proc/sys/kernel/random/boot_id")


@functools.cache
def _machine() -> str:
    number = _read("/etc/machine-id")
    # Hashed, because it is not to be shown around; with the name, because copies of a machine share it.
    return (
        hashlib.sha256(f"{number} {socket.gethostname()}".encode()).hexdigest()[:16] if number else ""
    )


def _namespace() -> str:
    """Our pid namespace; empty when ``/proc`` does not show it."""
    try:
        shown = os.readlink("/proc/self") == str(os.getpid())
        return str(os.stat("/proc/self/ns/pid").st_ino) if shown else ""
    except OSError:
        return ""


def _read(path: str) -> str:
    try:
        with open(path) as file:
            return file.read().strip()
    except OSError:
        return ""


def _start_of(pid: int) -> int | None:
    """When a process started; None when there is none, or only what is left of one (a zombie)."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            state, *fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return None
    return None if state in (b"Z", b"X") else int(fields[18])
