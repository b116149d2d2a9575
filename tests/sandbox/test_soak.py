"""Many runs, honest and hostile, leave nothing: no process, descriptor, mount, scratch or memory."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from soak_programs import one

from storm import nothing_left
from verigym.sandbox.agents.link import Agent
from verigym.sandbox.agents.pool import PooledSandbox
from verigym.sandbox.agents.procfs import descendants
from verigym.sandbox.docker.backend import DockerSandbox
from verigym.sandbox.docker.engine import connect
from verigym.sandbox.local.backend import LocalSandbox

log = logging.getLogger(__name__)

SETTLED = 400
"""Runs after which every agent is there, and every buffer has the size that it keeps."""
GROWTH = 8 << 20
"""Bytes that a process may gain by many runs: what Python's allocator keeps varies."""


def resident(pid: int | str) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def agents(box: PooledSandbox) -> list[Agent]:
    """In an order of their own: a slot has them in that of their last use."""
    return [
        agent
        for slot in box._slots
        for _, agent in sorted(slot._agents.items(), key=lambda item: str(item[0]))
    ]


def pids(box: PooledSandbox) -> list[int]:
    """The agents' process ids on this machine."""
    if isinstance(box, LocalSandbox):
        return [agent.host.pid for agent in agents(box)]  # type: ignore[attr-defined]
    with connect().asked_to("look into containers") as api:
        return [agent_of(api.top(agent.host._container.id)) for agent in agents(box)]  # type: ignore[attr-defined]


def agent_of(about: dict[str, Any]) -> int:
    pid, above, command = map(about["Titles"].index, ("PID", "PPID", "CMD"))
    found = {row[pid]: row[above] for row in about["Processes"] if row[command].startswith("python3")}
    return int(next(pid for pid in found if found[pid] not in found))  # numbers begin anew at times


def count(pid: int, what: str) -> int:
    return len(os.listdir(f"/proc/{pid}/{what}"))


def mounts(pid: int | str) -> int:
    return Path(f"/proc/{pid}/mountinfo").read_text().count("\n")


def state(box: PooledSandbox) -> dict[str, object]:
    """All that must not change, however many runs there were."""
    found = pids(box)
    for pid in found:  # each has forked the child for its next request, and nothing else
        give_up = time.perf_counter() + 5
        while len(descendants(pid)) != 1 and time.perf_counter() < give_up:
            time.sleep(0.01)
    return {
        "agents": found,
        "descriptors": count(os.getpid(), "fd"),
        "processes": [len(descendants(pid)) for pid in found],
        "their descriptors": [count(pid, "fd") for pid in found],
        "their mounts": [mounts(pid) for pid in found],
        "their scratch": [scratch(pid) for pid in found],
    }


def scratch(pid: int) -> tuple[int, list[str]]:
    """Bytes and names in the directory that outlives runs, where there is one."""
    root = f"/proc/{pid}/root/scratch"
    about = os.statvfs(root)
    return (about.f_blocks - about.f_bfree) * about.f_frsize, os.listdir(root)


def soak(box: PooledSandbox, runs: int) -> str:
    """Run; returns what it took, in words."""
    with ThreadPoolExecutor(3) as pool:

        def run(first: int, last: int) -> None:
            for start in range(first, last, 200):  # in pieces: the futures are memory too
                list(pool.map(lambda n: one(box, n), range(start, min(start + 200, last))))

        run(0, SETTLED)
        before, memory = state(box), resident("self")
        theirs = {pid: resident(pid) for pid in pids(box)}
        started = time.perf_counter()
        run(SETTLED, runs)
        took = time.perf_counter() - started
        assert state(box) == before
        grown = resident("self") - memory
        theirs_grown = max(resident(pid) - size for pid, size in theirs.items())
        assert grown < GROWTH
        assert theirs_grown < GROWTH
    return (
        f"{runs} runs, {(runs - SETTLED) / took:.0f} a second; grown by {grown >> 10} KiB, "
        f"agents by at most {theirs_grown >> 10} KiB; {before}"
    )


def local(need_tier: Callable[[int], None], runs: int) -> str:
    need_tier(2)
    with nothing_left():
        with LocalSandbox(workers=2) as box:
            said = soak(box, runs)
            keepers = [agent.host.process.pid for agent in agents(box)]  # type: ignore[attr-defined]
            gone = [*keepers, *pids(box)]
        assert [
            pid for pid in gone if Path(f"/proc/{pid}").exists()
        ] == []  # nor a zombie, left to init
    return said


def docker(image: str, runs: int) -> str:
    with nothing_left(), DockerSandbox(image, workers=2) as box:
        return soak(box, runs)


def test_a_thousand_runs_leave_nothing(need_tier: Callable[[int], None]) -> None:
    local(need_tier, 1_000)


def test_seven_hundred_runs_in_containers_leave_nothing(docker_image: str) -> None:
    docker(docker_image, 700)


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_fifty_thousand_runs_leave_nothing(need_tier: Callable[[int], None]) -> None:
    log.info(local(need_tier, 50_000))


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_five_thousand_runs_in_containers_leave_nothing(docker_image: str) -> None:
    log.info(docker(docker_image, 5_000))
