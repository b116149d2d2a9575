"""What breaks around the local sandbox: every run is right or an abstention, and nothing is left."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import random
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

import verigym
from containment import name_itself, processes_named
from storm import LIMITS, answer, nothing_left, square, storm
from verigym.envs.code import function_task
from verigym.errors import SandboxError
from verigym.sandbox import Limits, Program, close_shared, shared
from verigym.sandbox.agents import link
from verigym.sandbox.local.backend import LocalSandbox


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    """Each test leaves nothing behind."""
    close_shared()
    with nothing_left():
        yield
        close_shared()


def agents(box: LocalSandbox) -> list[link.Agent]:
    return [agent for slot in box._slots for agent in list(slot._agents.values())]


def strike(box: LocalSandbox, dice: random.Random) -> None:
    """Kill an agent or its keeper."""
    for agent in dice.sample(found := agents(box), min(1, len(found))):
        victim = dice.choice([agent.host.pid, agent.host.process.pid])  # type: ignore[attr-defined]
        with contextlib.suppress(ProcessLookupError):
            os.kill(victim, signal.SIGKILL)


def test_agents_killed_under_load() -> None:
    dice = random.Random(1)
    with LocalSandbox(workers=2) as box:
        found = storm(
            lambda n: answer(box, n, 0.02 * (n % 3)),
            lambda: strike(box, dice),
            3,
            pause=0.25,
            until=lambda so_far: so_far.right > 20 and so_far.abstained > 3,
        )
        assert found.right > 20
        assert found.abstained > 3, "the storm was none"
        # One that was struck last may not be dead yet when it is asked, so each is asked once more.
        assert all(answer(box, n) or answer(box, n) for n in range(4))


def test_agents_killed_while_answers_are_judged() -> None:
    task = function_task("Square n.", entry_point="f", cases=[([3], 9), ([-2], 4), ([0], 0)])
    right, wrong = "def f(n):\n    return n * n\n", "def f(n):\n    return n + n\n"
    box = shared()
    assert isinstance(box, LocalSandbox)
    dice = random.Random(2)
    rewards: dict[bool, list[float | None]] = {True: [], False: []}

    def ask(number: int) -> bytes | None:
        good = number % 2 == 0
        verdict = verigym.verify(task, right if good else wrong)
        rewards[good].append(verdict.reward)
        assert verdict.reward in (None, 1.0 if good else 0.0) or (not good and verdict.reward < 1), (
            verdict
        )
        return None if verdict.reward is None else b"judged"

    found = storm(
        ask, lambda: strike(box, dice), seconds=3, pause=0.25, until=lambda so_far: so_far.right > 10
    )
    assert found.right > 10
    assert 1.0 in rewards[True]
    assert set(rewards[True]) <= {1.0, None}, "a failure of ours was never the answer's fault"
    assert verigym.verify(task, right).reward == 1.0


def test_an_agent_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "KILL_SECONDS", 0.5)
    with LocalSandbox(workers=1) as box:
        assert answer(box, 1)
        (agent,) = agents(box)
        threading.Timer(0.2, os.kill, (agent.host.pid, signal.SIGSTOP)).start()  # type: ignore[attr-defined]
        start = time.perf_counter()
        with pytest.raises(SandboxError, match="was not gone"):
            box.run(square(2, seconds=60), Limits(wall_seconds=0.5))
        assert time.perf_counter() - start < 20
        assert answer(box, 3)


def test_a_run_that_outlasts_its_keeper() -> None:
    with LocalSandbox(workers=1) as box:
        assert answer(box, 1)
        (agent,) = agents(box)
        threading.Timer(0.2, os.kill, (agent.host.process.pid, signal.SIGKILL)).start()  # type: ignore[attr-defined]
        start = time.perf_counter()
        assert answer(box, 2, seconds=60) is None
        assert time.perf_counter() - start < 15  # before its time is over
        assert answer(box, 3)


def test_a_thousand_runs_that_each_leave_a_daemon() -> None:
    mark = f"vgt{os.getpid()}"
    source = (
        f"import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        {name_itself(mark)}\n"
        "        time.sleep(60)\n    os._exit(0)\nos.wait()\nn = int(input())\nprint(n)"
    )
    with LocalSandbox(workers=2, highest=2) as box, ThreadPoolExecutor(3) as pool:
        before = None

        def one(number: int) -> bytes:
            return box.run(Program(source, stdin=f"{number}\n"), LIMITS).stdout

        for start in range(0, 1000, 250):
            numbers = range(start, start + 250)
            assert list(pool.map(one, numbers)) == [b"%d\n" % n for n in numbers]
            before = before or {agent.host.pid for agent in agents(box)}  # type: ignore[attr-defined]
        assert {agent.host.pid for agent in agents(box)} == before  # type: ignore[attr-defined]
        assert processes_named(mark) == []


def test_closed_while_runs_go_on() -> None:
    for delay in (0.0, 0.005, 0.05, 0.3):
        box = LocalSandbox(workers=2)
        with ThreadPoolExecutor(8) as pool:
            asked = [pool.submit(answer, box, n, 0.1) for n in range(24)]
            time.sleep(delay)
            start = time.perf_counter()
            box.close()
            assert time.perf_counter() - start < 20
            found = [each.result() for each in asked]
        assert found.count(None) > 8, "it was closed before all were done"
        with pytest.raises(SandboxError, match="closed"):
            box.run(square(1))


def _child(box: LocalSandbox, said: object) -> None:
    for number in range(3):
        said.send(answer(box, number))  # type: ignore[attr-defined]
    box.close()


def test_forked_while_runs_go_on() -> None:
    context = multiprocessing.get_context("fork")
    with LocalSandbox(workers=2) as box:
        assert answer(box, 1)
        before = {agent.host.pid for agent in agents(box)}  # type: ignore[attr-defined]
        found: list[bytes] = []

        def fork() -> None:
            ours, theirs = context.Pipe(duplex=False)
            process = context.Process(target=_child, args=(box, theirs))
            process.start()
            theirs.close()
            found.extend(ours.recv() for _ in range(3))
            process.join(20)
            assert process.exitcode == 0
            ours.close()
            process.close()

        seen = storm(
            lambda n: answer(box, n, 0.01 * (n % 2)), fork, seconds=3, until=lambda _: len(found) >= 9
        )
        assert seen.abstained == 0
        assert found == [b"0 0\n", b"1 1\n", b"2 4\n"] * (len(found) // 3)
        assert len(found) >= 9
        assert before <= {agent.host.pid for agent in agents(box)}, "the parent's agents go on"  # type: ignore[attr-defined]


def test_no_descriptors_left_to_open() -> None:
    source = f"""
import os, resource, sys
sys.path[:0] = {sys.path!r}
from storm import answer, square
from verigym.errors import SandboxError
from verigym.sandbox.local.backend import LocalSandbox
with LocalSandbox(workers=1) as box:
    assert answer(box, 1)
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    held = []
    try:
        while True:
            held.append(os.open("/dev/null", 0))
    except OSError:
        pass
    failed = 0
    while held:
        failed += answer(box, len(held)) is None
        os.close(held.pop())
    before = len(os.listdir("/proc/self/fd"))
    for number in range(20):
        assert answer(box, number)
    print(failed > 3, len(os.listdir("/proc/self/fd")) <= before + 4)
"""
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=60)
    assert done.stdout == "True True\n", done.stderr
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 64


def test_interrupted_by_ctrl_c() -> None:
    with LocalSandbox(workers=1) as box:
        assert answer(box, 1)
        for delay in (0.02, 0.021, 0.025, 0.2):
            timer = threading.Timer(delay, signal.raise_signal, (signal.SIGINT,))
            previous = signal.signal(signal.SIGINT, signal.default_int_handler)
            try:
                timer.start()
                with pytest.raises(KeyboardInterrupt):
                    box.run(square(2, seconds=30), Limits(wall_seconds=30))
            finally:
                timer.join()
                signal.signal(signal.SIGINT, previous)
            assert answer(box, 3)
    with ThreadPoolExecutor(1) as pool, LocalSandbox(workers=1) as other:
        assert pool.submit(answer, other, 4).result()
