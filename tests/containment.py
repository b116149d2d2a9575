"""What the tests of containment share: running an attack without and within a sandbox."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
import textwrap
from pathlib import Path

from verigym.sandbox import Execution, Limits, Program, Sandbox

LIMITS = Limits(wall_seconds=5, cpu_seconds=3, memory_bytes=256 << 20)


def unconfined(source: str, seconds: float = 20) -> str:
    """What the program prints without any sandbox."""
    command = [sys.executable, "-c", textwrap.dedent(source)]
    return subprocess.run(command, capture_output=True, text=True, timeout=seconds).stdout


shown = functools.cache(unconfined)
"""The same, once for all backends: that an attack works where nothing contains it."""


def contained(box: Sandbox, source: str, limits: Limits = LIMITS, scratch: bool = False) -> Execution:
    """The same program in a sandbox."""
    return box.run(Program(textwrap.dedent(source), scratch=scratch), limits)


def name_itself(mark: str) -> str:
    """A statement by which a program takes a name that :func:`processes_named` finds."""
    return f"import ctypes; ctypes.CDLL(None).prctl(15, {mark!r}.encode(), 0, 0, 0)"


def processes_named(mark: str) -> list[int]:
    """Processes of this machine, in containers too, whose name is the mark; zombies left out."""
    found = []
    for entry in filter(str.isdecimal, os.listdir("/proc")):
        try:
            text = Path(f"/proc/{entry}/stat").read_text()
        except OSError:
            continue
        if f"({mark})" in text and text.rpartition(")")[2].split()[0] != "Z":
            found.append(int(entry))
    return found
