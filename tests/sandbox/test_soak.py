"""Many runs in one process leave nothing behind: no process, descriptor, mount, scratch or memory."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from verigym.sandbox import Limits, Program, cgroup
from verigym.sandbox.local import LocalSandbox
from verigym.sandbox.procfs import children, descendants

PROGRAMS = [
    (Program("print(input()[::-1])", stdin="abc\n"), b"cba\n"),
    (Program("print(1)\nraise SystemExit(3)"), b"1\n"),
    (Program("import os\nprint(os.getpid() > 0, flush=True)\nos.abort()"), b"True\n"),
    (Program("open('x', 'w').write('y')\nprint(open('x').read())", scratch=True), b"y\n"),
    (Program("import os\nif os.fork() == 0:\n    import time\n    time.sleep(9)\nprint(1)"), b"1\n"),
    (Program("x = bytearray(5 << 20)\nprint(len(x))", result=True, data=b"d"), b"5242880\n"),
    (Program(command=("echo", "hi")), b"hi\n"),
]


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def processes(keeper: int) -> int:
    """How many are below it, once the agent has forked the child for its next request."""
    give_up = time.perf_counter() + 5
    while (count := len(descendants(keeper))) != 2 and time.perf_counter() < give_up:
        time.sleep(0.01)
    return count


def state(box: LocalSandbox) -> dict[str, object]:
    agents = [agent for slot in box._slots for agent in slot._agents.values()]
    return {
        "descriptors": len(os.listdir("/proc/self/fd")),
        "mounts": Path("/proc/self/mountinfo").read_text().count("\n"),
        "processes": [processes(agent.host.process.pid) for agent in agents],
        "agent descriptors": [len(os.listdir(f"/proc/{agent.host.pid}/fd")) for agent in agents],
        "agent mounts": [Path(f"/proc/{a.host.pid}/mountinfo").read_text().count("\n") for a in agents],
    }


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


def soak(runs: int) -> None:
    before = set(children(os.getpid())), set(groups())
    with LocalSandbox(workers=2) as box, ThreadPoolExecutor(3) as pool:

        def one(number: int) -> None:
            program, expected = PROGRAMS[number % len(PROGRAMS)]
            done = box.run(program, Limits(wall_seconds=20))
            assert done.stdout.startswith(expected), (program, done)

        def run(first: int, last: int) -> None:
            for start in range(first, last, 200):  # in pieces: the futures are memory too
                list(pool.map(one, range(start, min(start + 200, last))))

        run(0, 400)
        started, memory = state(box), resident()
        run(400, runs)
        assert state(box) == started
        agents = [agent for slot in box._slots for agent in slot._agents.values()]
        ours = [pid for agent in agents for pid in (agent.host.process.pid, agent.host.pid)]
        assert resident() - memory < 8 << 20
    assert set(children(os.getpid())) <= before[0]
    assert [pid for pid in ours if Path(f"/proc/{pid}").exists()] == []  # nor a zombie, left to init
    assert set(groups()) <= before[1]


def test_two_thousand_runs_leave_nothing(need_tier: Callable[[int], None]) -> None:
    need_tier(2)
    soak(2_000)


@pytest.mark.soak
def test_twenty_thousand_runs_leave_nothing(need_tier: Callable[[int], None]) -> None:
    need_tier(2)
    soak(20_000)
