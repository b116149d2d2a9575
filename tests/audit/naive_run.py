"""Runs a naive judge in a process that may come to harm, and says what came of it."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from naive import FORKING

SCRIPT = Path(__file__).with_name("naive.py")
INPUTS, OUTPUTS = [[21], [-3]], [42, -6]
MARK = "VERIGYM_NAIVE"
PARENT = ["/bin/sh", "-c", '"$@"; exit $?', "sh"]
"""A process between us and the judge: some answers kill their judge's parent."""
LIMITS = {
    resource.RLIMIT_CPU: 4,
    resource.RLIMIT_AS: 1 << 30,
    resource.RLIMIT_FSIZE: 16 << 20,
    resource.RLIMIT_CORE: 0,
}


@dataclass(frozen=True)
class Came:
    """What came of one run."""

    passed: bool = False
    hung: bool = False
    """It was still going, or holding the caller's pipe, at the deadline."""
    died: bool = False
    """A judge apart from the answer ended without a verdict, or the judge was killed."""
    peak: int = 0
    """Bytes of memory that it took beyond ours, which the kernel's account of a child begins with."""
    left: int = 0
    """Bytes of the largest file that it left."""
    printed: int = 0

    @property
    def harmed(self) -> bool:
        return self.hung or self.died or self.peak > 100 << 20 or max(self.left, self.printed) > 8 << 20


def naive(
    style: str, source: str, folder: Path, deadline: float = 0.8, *, nobody: bool = False
) -> Came:
    """What a naive judge makes of an answer, in ``folder``; everything it started is ended."""
    token = uuid.uuid4().hex
    read, write = os.pipe()
    out, theirs = os.pipe()
    job = json.dumps({"source": source, "inputs": INPUTS, "outputs": OUTPUTS}).encode()

    def limit() -> None:
        for which, most in LIMITS.items():
            resource.setrlimit(which, (most, most))

    ours = int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    process = subprocess.Popen(
        [*PARENT, sys.executable, "-I", "-S", str(SCRIPT), style, str(write), *["nobody"] * nobody],
        stdin=subprocess.PIPE, stdout=theirs, stderr=subprocess.DEVNULL,
        pass_fds=[write], cwd=folder, start_new_session=True,
        preexec_fn=limit, env={MARK: token, "PATH": os.environ["PATH"]},
    )  # fmt: skip
    os.close(write)
    os.close(theirs)
    try:
        with suppress(BrokenPipeError):
            process.stdin.write(job)
            process.stdin.close()
        printed, hung = drain(out, time.monotonic() + deadline)
        status, usage = -1, None
        end = time.monotonic() + (0 if hung else deadline)
        while True:
            pid, found, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                status = found
                break
            if time.monotonic() > end:
                hung = True
                break
            time.sleep(0.005)
    finally:
        sweep(process.pid, token)
    if status < 0:
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = 0  # reaped above
    os.set_blocking(read, False)
    said = b""
    with suppress(BlockingIOError):
        said = os.read(read, 16)
    os.close(read)
    os.close(out)
    ended = os.WIFEXITED(status) and not hung
    killed = os.WIFSIGNALED(status) or os.WEXITSTATUS(status) > 128  # as a shell says it
    passed = ended and (said == b"P" if style in FORKING else os.WEXITSTATUS(status) == 0)
    died = not hung and (killed or (style in FORKING and not said))
    left = max((file.stat().st_size for file in folder.iterdir()), default=0)
    return Came(passed, hung, died, max(0, usage.ru_maxrss * 1024 - ours), left, printed)


def drain(descriptor: int, end: float) -> tuple[int, bool]:
    """(bytes printed, whether somebody still held the pipe at the end)."""
    os.set_blocking(descriptor, False)
    total = 0
    while time.monotonic() < end:
        try:
            more = os.read(descriptor, 1 << 20)
        except BlockingIOError:
            time.sleep(0.005)
            continue
        if not more:
            return total, False
        total += len(more)
    return total, True


def sweep(group: int, token: str) -> None:
    """Kill the judge's group, and whoever left it, by the mark in the environment."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)
    mark = f"{MARK}={token}".encode()
    for _ in range(20):
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            with suppress(OSError):
                if mark in Path(f"/proc/{pid}/environ").read_bytes():
                    found.append(int(pid))
        if not found:
            return
        for pid in found:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
