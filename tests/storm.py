"""What the tests of faults share: work that goes on while something breaks, and what is left after it."""

from __future__ import annotations

import contextlib
import gc
import itertools
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from verigym.errors import SandboxError
from verigym.sandbox import Limits, Program, Sandbox
from verigym.sandbox.agents import cgroup
from verigym.sandbox.agents.procfs import descendants

LIMITS = Limits(wall_seconds=20)
PATIENCE = 60
"""Seconds that a storm goes on where too little came of it."""


@dataclass
class Outcome:
    """What came of each piece of work, by its number: the answer, or None for an abstention."""

    answers: dict[int, bytes | None] = field(default_factory=dict)
    wrong: list[object] = field(default_factory=list)

    @property
    def right(self) -> int:
        """How many were answered."""
        return sum(answer is not None for answer in self.answers.values())

    @property
    def abstained(self) -> int:
        """How many were not."""
        return len(self.answers) - self.right


def square(number: int, seconds: float = 0.0) -> Program:
    """A program that has one right answer: nobody else's."""
    wait = f"import time; time.sleep({seconds})\n" if seconds else ""
    return Program(f"{wait}n = int(input())\nprint(n, n * n)", stdin=f"{number}\n")


def answer(box: Sandbox, number: int, seconds: float = 0.0) -> bytes | None:
    """What the program says; None when the sandbox failed.

    Raises:
        AssertionError: for an answer that is not the right one.
    """
    try:
        done = box.run(square(number, seconds), LIMITS)
    except SandboxError:
        return None
    assert done.stdout == b"%d %d\n" % (number, number * number), done
    assert (done.exit_code, done.limit) == (0, None), done
    return done.stdout


def storm(
    ask: Callable[[int], bytes | None],
    chaos: Callable[[], object],
    seconds: float,
    callers: int = 4,
    pause: float = 0.05,
    until: Callable[[Outcome], bool] = lambda _: True,
) -> Outcome:
    """Ask again and again from several threads, for a time, while chaos strikes again and again.

    On a slow machine it goes on until ``until`` holds of what came, a minute longer at most.
    """
    outcome = Outcome()
    numbers = itertools.count()
    end = time.perf_counter() + seconds
    lock = threading.Lock()

    def goes_on() -> bool:
        now = time.perf_counter()
        if now < end:
            return True
        with lock:
            return now < end + PATIENCE and not outcome.wrong and not until(outcome)

    def caller(_: int) -> None:
        while goes_on():
            with lock:
                number = next(numbers)
            try:
                said = ask(number)
            except BaseException as error:
                outcome.wrong.append(error)
                return
            with lock:
                if number in outcome.answers:
                    outcome.wrong.append(f"{number} was answered twice")
                outcome.answers[number] = said

    with ThreadPoolExecutor(callers) as pool:
        asked = pool.map(caller, range(callers))
        while goes_on():
            time.sleep(pause)
            chaos()
        list(asked)
    assert not outcome.wrong, outcome.wrong
    assert sorted(outcome.answers) == list(range(len(outcome.answers))), "one was lost"
    return outcome


def ours() -> dict[str, set[str]]:
    """What this process holds that a sandbox could leave behind."""
    files = []
    for fd in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            files.append(os.readlink(f"/proc/self/fd/{fd}").partition(":[")[0])
    counted = [f"{name} {count}" for name in set(files) for count in range(files.count(name))]
    mounts = Path("/proc/self/mountinfo").read_text().splitlines()
    folders = (name for name in os.listdir(tempfile.gettempdir()) if name.startswith("verigym"))
    return {
        "descriptors": set(counted),
        "processes": {f"{pid} {name}" for pid in descendants(os.getpid()) if (name := name_of(pid))},
        "folders": {name for name in folders if str(os.getpid()) in name},
        "mounts": {
            line.split()[4] for line in mounts if "docker" not in line and "/vge" not in line
        },  # an engine's come and go, and those of the tests' own engines
        "threads": {thread.name for thread in threading.enumerate() if "verigym" in thread.name},
        "cgroups": set(groups()),
        "containers": set(containers()),
    }


def name_of(pid: int) -> str:
    """What a process runs; nothing for one that is gone, or is an engine of the tests' own."""
    try:
        name = Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""
    return "" if name in ("dockerd", "containerd") else name


def groups() -> list[str]:
    """The cgroups that this process made and has not removed."""
    if cgroup.describe() is None:
        return []
    prefix = f"verigym-{os.getpid()}-"
    return [
        name
        for _, folder in cgroup._parents()
        for name in os.listdir(folder)
        if name.startswith(prefix)
    ]


def containers() -> list[str]:
    """The containers that this process made and that are still there."""
    from verigym.sandbox.docker.container import OWNER
    from verigym.sandbox.docker.engine import connect
    from verigym.sandbox.docker.owner import Owner

    try:
        engine = connect()
    except SandboxError:
        return []
    with engine.asked_to("list containers") as api:
        label = f"{OWNER}={Owner.ourselves()}"
        return [about["Id"] for about in api.containers(all=True, filters={"label": label})]


@contextlib.contextmanager
def nothing_left(seconds: float = 10.0) -> Iterator[None]:
    """Nothing of what goes on in here is still there soon after it."""
    before = ours()
    yield
    give_up = time.perf_counter() + seconds
    while left := {kind: now - before[kind] for kind, now in ours().items() if now - before[kind]}:
        assert time.perf_counter() < give_up, left
        time.sleep(0.05)
        gc.collect()  # an error that was caught may hold a connection
