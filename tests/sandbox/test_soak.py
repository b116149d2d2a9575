"""Many runs, honest and hostile ones mixed, all come out right and leave nothing behind.

What our process, its agents and their containers hold is level from after the first few hundred runs to
the last: processes, descriptors, mounts, scratch space, memory. The long forms are marked ``soak``; with
``--log-cli-level=INFO`` they say what they measured.
"""

from __future__ import annotations

import gc
import logging
import os
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from storm import nothing_left
from verigym.sandbox import Limit, Limits, Program
from verigym.sandbox import open as open_sandbox
from verigym.sandbox.link import Agent
from verigym.sandbox.pool import PooledSandbox
from verigym.sandbox.procfs import descendants

LIMITS = Limits(wall_seconds=20, memory_bytes=128 << 20, processes=16, scratch_bytes=4 << 20)
MOST_GROWTH = 8 << 20
"""Bytes that our process, or an agent, may hold more at the end than near the start."""
WARM_UP = 400

_log = logging.getLogger("soak")


@dataclass(frozen=True)
class Case:
    """A program, what its output begins with, and how it ends: exit code, minus a signal, or a limit."""

    program: Program
    stdout: bytes
    end: int | Limit | None = 0
    """None for programs that different backends stop in different ways."""
    weight: int = 10


def python(source: str, stdout: bytes, end: int | Limit | None = 0, weight: int = 10, **more: object) -> Case:  # fmt: skip
    return Case(Program(source, **more), stdout, end, weight)  # type: ignore[arg-type]


HONEST = [
    python("print(input()[::-1])", b"cba\n", weight=60, stdin="abc\n"),
    python("print(1)\nraise SystemExit(3)", b"1\n", 3),
    python("open('x', 'w').write('y')\nprint(open('x').read())", b"y\n", scratch=True, weight=30),
    python("x = bytearray(5 << 20)\nprint(len(x))", b"5242880\n", result=True, data=b"d", weight=30),
    python("import os\nprint(os.listdir('.'))", b"['a']\n", files={"a": b"1"}, keep=("*",)),
    Case(Program(command=("echo", "hi")), b"hi\n"),
]
HOSTILE = [
    python("import os\nprint(1, flush=True)\nos.abort()", b"1\n", -6),
    python("import ctypes\nctypes.string_at(8)", b"", -11),
    python("import os\nos.kill(os.getpid(), 9)", b"", -9),
    python("import os\nos.closerange(0, 1000)", b"", None),
    python("x = []\nwhile True: x.append(bytearray(1 << 20))", b"", Limit.MEMORY),
    python("def f(): f()\nf()", b"", 1),
    python("import os\nfor n in range(3): os.write(1, bytes(1 << 20))", bytes(9), Limit.OUTPUT),
    python("import os\nos.write(4, bytes(9 << 20))", b"", Limit.OUTPUT, result=True),
    python("import os\nwhile True: os.open('/dev/null', 0)", b"", 1),
    python("import socket\nkeep = []\nwhile True: keep += socket.socketpair()", b"", 1),
    python(
        "import threading, time\nprint(1, flush=True)\nfor _ in range(9):\n"
        "    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()",
        b"1\n",
    ),
    python("while True: pass", b"", Limit.WALL, weight=1),
]
NEEDS_PROCESSES = [
    python(
        "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0: time.sleep(60)\n"
        "    os._exit(0)\nos.wait()\nprint(1)",
        b"1\n",
        weight=20,
    ),
    python(
        "import os, time\ntry:\n    while True:\n        if os.fork() == 0: time.sleep(60)\n"
        "except OSError: print('full')",
        b"full\n",
        None,
    ),
    python("import os\nos.setsid()\nif os.fork(): print(1, flush=True)\nos.kill(-1, 9)", b"", None),
    python(
        "import os\nfor n in range(99): open(str(n), 'w').close()\nfor n in range(50):\n"
        "    os.mkdir('d'); os.chdir('d')\nos.mkfifo('p')\nos.symlink('/', 'l')\nprint(1)",
        b"1\n",
        None,
        scratch=True,
    ),
    python("print(1, flush=True)\nopen('x', 'wb').write(bytes(8 << 20))", b"1\n", None, scratch=True),
]
SUBJECT = Program("import os\nn = int(os.read(5, 9))\nos.write(5, b'%d' % (n * n))")
DRIVER = Program("import os\nos.write(5, b'12')\nprint(os.read(5, 9))")


def one(box: PooledSandbox, case: Case) -> None:
    """Run a case, and look whether it came out right."""
    limits = LIMITS
    if case.end is Limit.WALL:
        limits = Limits(wall_seconds=0.2)
    done = box.run(case.program, limits)
    if case.end is not None:
        ended = done.limit or (done.exit_code if done.signal is None else -done.signal)
        assert ended == case.end, (case.program, done)
    assert done.stdout.startswith(case.stdout), (case.program, done)


def pair(box: PooledSandbox) -> None:
    driven = box.run_pair(SUBJECT, DRIVER, LIMITS)[1]
    assert driven.stdout == b"b'144'\n", driven


def agents(box: PooledSandbox) -> list[Agent]:
    return [agent for slot in box._slots for agent in slot._agents.values()]


def root(agent: Agent) -> int:
    """The process that all others of an agent are below."""
    if box := getattr(agent.host, "_container", None):
        with box.engine.asked_to("inspect it") as api:
            return int(api.inspect_container(box.id)["State"]["Pid"])
    return int(agent.host.process.pid)  # type: ignore[attr-defined]


def tree(agent: Agent, above: int) -> list[int]:
    """Its processes, once it waits for its next request; the agent itself is the last but one."""
    give_up = time.perf_counter() + 5
    while len(found := descendants(above)) != 2 and time.perf_counter() < give_up:
        time.sleep(0.01)
    return found


def resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def lines(path: str) -> int:
    return Path(path).read_text().count("\n")


def counts(box: PooledSandbox) -> tuple[dict[str, object], list[int]]:
    """What is counted, which stays the same; and bytes of memory of ours and of each agent."""
    gc.collect()
    trees = [tree(agent, root(agent)) for agent in agents(box)]
    pids = [pids[-2] for pids in trees]
    counted = {
        "agents": pids,
        "processes": [len(pids) for pids in trees],
        "descriptors": len(os.listdir("/proc/self/fd")),
        "agents' descriptors": [len(os.listdir(f"/proc/{pid}/fd")) for pid in pids],
        "agents' mounts": [lines(f"/proc/{pid}/mountinfo") for pid in pids],
        "scratch": [scratch(pid) for pid in pids],
    }
    return counted, [resident(pid) for pid in (os.getpid(), *pids)]


def scratch(pid: int) -> tuple[int, int]:
    """Blocks and inodes in use where an agent has its scratch directory, if it has one now."""
    try:
        about = os.statvfs(f"/proc/{pid}/root/scratch")
    except OSError:
        return 0, 0
    return about.f_blocks - about.f_bfree, about.f_files - about.f_ffree


def soak(box: PooledSandbox, runs: int) -> None:
    """Mixed runs from three threads on two workers; a pair every fiftieth time."""
    full = box.capabilities()["subprocesses"] and box.capabilities()["scratch"]
    cases = HONEST + HOSTILE + (NEEDS_PROCESSES if full else [])
    dice = random.Random(7)

    def go(count: int) -> None:
        while count > 0:  # in pieces: the futures are memory too
            piece = min(count, 200)
            drawn = dice.choices(cases, [case.weight for case in cases], k=piece)
            work = [lambda case=case: one(box, case) for case in drawn]
            work[::50] = [lambda: pair(box)] * len(work[::50])
            list(pool.map(lambda do: do(), work))
            count -= piece

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: pair(box), range(6)))  # all agents are there
        go(WARM_UP)
        before, memory = counts(box)
        start = time.perf_counter()
        go(runs - WARM_UP)
        took = time.perf_counter() - start
        after, held = counts(box)
    growth = [now - then for now, then in zip(held, memory, strict=True)]
    _log.info("%s: %d runs, %.0f a second", box.name, runs, (runs - WARM_UP) / took)
    _log.info("level: %s", after)
    _log.info("KiB of ours and the agents: %s, grown by %s", [n >> 10 for n in held], [n >> 10 for n in growth])  # fmt: skip
    assert after == before
    assert max(growth) < MOST_GROWTH, growth


def local(runs: int) -> None:
    with nothing_left(), open_sandbox("local", workers=2) as box:
        assert isinstance(box, PooledSandbox)
        soak(box, runs)
        pids = [root(agent) for agent in agents(box)] + counts(box)[0]["agents"]  # type: ignore[operator]
    assert [pid for pid in pids if Path(f"/proc/{pid}").exists()] == []  # nor a zombie, left to init


def docker(image: str, runs: int) -> None:
    with nothing_left(), open_sandbox("docker", image=image, workers=2, transport="socket") as box:
        assert isinstance(box, PooledSandbox)
        soak(box, runs)


def test_a_thousand_runs_leave_nothing(need_tier: Callable[[int], None]) -> None:
    need_tier(2)
    local(1_000)


def test_seven_hundred_runs_in_containers_leave_nothing(docker_image: str) -> None:
    docker(docker_image, 700)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_fifty_thousand_runs_leave_nothing(need_tier: Callable[[int], None]) -> None:
    need_tier(2)
    local(50_000)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_five_thousand_runs_in_containers_leave_nothing(docker_image: str) -> None:
    docker(docker_image, 5_000)
