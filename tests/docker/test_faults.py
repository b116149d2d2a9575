"""Faults of the docker backend: containers killed, paused and removed, engines restarted.

After each, every run has its right result or a `SandboxError`, and nothing is left behind.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from own_engine import IMAGE, OwnEngine, running

import verigym
from containment import name_itself, processes_named
from storm import LIMITS, answer, nothing_left, square, storm
from verigym.envs.code import function_task
from verigym.errors import SandboxError
from verigym.sandbox import Limits, Program, close_shared, use
from verigym.sandbox.agents import link
from verigym.sandbox.docker import pump
from verigym.sandbox.docker.backend import DockerSandbox
from verigym.sandbox.docker.engine import Engine, connect
from verigym.sandbox.docker.owner import Owner


@pytest.fixture(autouse=True)
def clean(image: str) -> Iterator[None]:
    """Each test leaves nothing behind."""
    with nothing_left():
        yield


@pytest.fixture(params=["socket", "stream"])
def box(request: pytest.FixtureRequest, image: str) -> Iterator[DockerSandbox]:
    """Two warm containers, reached either way."""
    with DockerSandbox(image, workers=2, transport=request.param) as box:
        with ThreadPoolExecutor(2) as pool:
            assert all(pool.map(lambda n: answer(box, n, 0.2), range(2)))
        yield box


def ids(box: DockerSandbox) -> list[str]:
    """The containers that it runs programs in."""
    agents = [agent for slot in box._slots for agent in list(slot._agents.values())]
    return [agent.host._container.id for agent in agents]  # type: ignore[attr-defined]


def ask(box: DockerSandbox, do: Callable[[Any, str], object], dice: random.Random) -> None:
    """Ask the engine to do something to one of the containers."""
    if found := ids(box):
        with contextlib.suppress(SandboxError), connect().asked_to("be cruel") as api:
            do(api, dice.choice(found))


def agent_of(api: Any, container: str) -> int:
    """The agent's process id on this machine."""
    about = api.top(container)
    pid, above, command = map(about["Titles"].index, ("PID", "PPID", "CMD"))
    found = {
        row[pid]: row[above] for row in about["Processes"] if row[command].startswith("python3 -I")
    }
    parents = [int(pid) for pid in found if found[pid] not in found]
    return parents[0]  # a run is its child


def kill_agent(api: Any, container: str) -> None:
    with contextlib.suppress(ProcessLookupError, ValueError, IndexError):
        os.kill(agent_of(api, container), signal.SIGKILL)


CRUELTIES: dict[str, Callable[[Any, str], object]] = {
    "container killed": lambda api, container: api.kill(container),
    "container removed": lambda api, container: api.remove_container(container, force=True),
    "agent killed": kill_agent,
}


@pytest.mark.parametrize("cruelty", CRUELTIES)
def test_in_the_middle_of_runs(box: DockerSandbox, cruelty: str) -> None:
    dice = random.Random(3)
    strikes = iter(range(100))

    def strike() -> None:
        next(strikes)
        ask(box, CRUELTIES[cruelty], dice)

    found = storm(
        lambda n: answer(box, n, 0.02 * (n % 3)),
        strike,
        seconds=1.6,
        pause=0.6,
        until=lambda so_far: so_far.right >= 4,
    )
    assert next(strikes) >= 2
    assert found.right >= 4
    assert all(answer(box, n) or answer(box, n) for n in range(4))


def test_a_run_whose_container_is_killed_is_run_again(box: DockerSandbox) -> None:
    before = set(ids(box))
    timer = threading.Timer(
        0.3, lambda: [ask(box, CRUELTIES["container killed"], random.Random(0))] * 2
    )
    timer.start()
    with ThreadPoolExecutor(2) as pool:
        assert all(pool.map(lambda n: answer(box, n, 0.8), range(2)))
    timer.join()
    assert set(ids(box)) != before


def test_judged_while_containers_are_killed(image: str) -> None:
    task = function_task("Square n.", entry_point="f", cases=[([3], 9), ([-2], 4), ([0], 0)])
    right, wrong = "def f(n):\n    return n * n\n", "def f(n):\n    return n + n\n"
    use("docker", image=image, workers=2)
    try:
        from verigym.sandbox import shared

        box = shared()
        assert isinstance(box, DockerSandbox)
        dice = random.Random(4)

        def judge(number: int) -> bytes | None:
            reward = verigym.verify(task, right if number % 2 else wrong).reward
            assert reward is None or (reward == 1.0) == bool(number % 2), reward
            return None if reward is None else b"judged"

        found = storm(
            judge,
            lambda: ask(box, CRUELTIES["container killed"], dice),
            2,
            pause=0.5,
            until=lambda so_far: so_far.right > 10,
        )
        assert found.right > 10
    finally:
        close_shared()
        use("local")
        close_shared()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who does not answer is given up soon."""
    monkeypatch.setattr(link, "KILL_SECONDS", 0.5)
    monkeypatch.setattr(pump, "STALL_SECONDS", 0.5)


def pause(box: DockerSandbox) -> None:
    """Stop all that goes on in the containers, at once and for good."""
    with connect().asked_to("pause") as api:
        for container in ids(box):
            api.pause(container)


@pytest.mark.usefixtures("impatient")
def test_a_paused_container_is_given_up_and_replaced(box: DockerSandbox) -> None:
    before = set(ids(box))
    pause(box)
    start = time.perf_counter()
    with ThreadPoolExecutor(2) as pool:
        runs = pool.map(lambda n: box.run(square(n, 0.1), Limits(wall_seconds=0.5)), range(2))
        assert [done.stdout for done in runs] == [b"0 0\n", b"1 1\n"], "the second container had it"
    assert time.perf_counter() - start < 20
    assert not before & set(ids(box))


@pytest.mark.usefixtures("impatient")
def test_paused_in_the_middle_of_a_run(box: DockerSandbox) -> None:
    timer = threading.Timer(0.3, pause, (box,))
    timer.start()
    start = time.perf_counter()
    done = box.run(square(7, seconds=0.8), Limits(wall_seconds=2))
    timer.join()
    assert done.stdout == b"7 49\n"
    assert time.perf_counter() - start < 20


def test_a_thousand_runs_that_each_leave_a_daemon(image: str) -> None:
    mark = f"vgu{os.getpid()}"
    source = (
        f"import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        {name_itself(mark)}\n"
        "        open('/scratch/x', 'w').write('y')\n        time.sleep(60)\n    os._exit(0)\n"
        "os.wait()\nn = int(input())\nprint(n)"
    )
    with DockerSandbox(image, workers=2) as box, ThreadPoolExecutor(3) as pool:

        def one(number: int) -> bytes:
            return box.run(Program(source, stdin=f"{number}\n", scratch=True), LIMITS).stdout

        assert list(pool.map(one, range(10))) == [b"%d\n" % n for n in range(10)]
        before = ids(box)
        for start in range(0, 1000, 250):
            numbers = range(start, start + 250)
            assert list(pool.map(one, numbers)) == [b"%d\n" % n for n in numbers]
        assert ids(box) == before
        assert processes_named(mark) == []


@pytest.mark.parametrize("fresh", [False, True])
def test_closed_while_runs_go_on(image: str, fresh: bool) -> None:
    for delay in (0.0, 0.8):
        box = DockerSandbox(image, workers=2, fresh=fresh)
        with ThreadPoolExecutor(6) as pool:
            asked = [pool.submit(answer, box, n, 0.5) for n in range(12)]
            time.sleep(delay)
            start = time.perf_counter()
            box.close()
            found = [each.result() for each in asked]
            assert time.perf_counter() - start < 20
        assert found.count(None) >= 6
        with pytest.raises(SandboxError, match="closed"):
            box.run(square(1))


def _child(box: DockerSandbox, said: Any) -> None:
    for number in range(2):
        said.send(answer(box, number))
    box.close()


@pytest.mark.parametrize("options", [{}, {"fresh": True}, {"transport": "stream"}], ids=str)
def test_forked_while_runs_go_on(image: str, options: dict[str, Any]) -> None:
    context = multiprocessing.get_context("fork")
    with DockerSandbox(image, workers=2, **options) as box:
        assert answer(box, 1)
        found: list[bytes] = []

        def fork() -> None:
            ours, theirs = context.Pipe(duplex=False)
            process = context.Process(target=_child, args=(box, theirs))
            process.start()
            theirs.close()
            found.extend(ours.recv() for _ in range(2))
            process.join(30)
            assert process.exitcode == 0
            ours.close()
            process.close()

        seen = storm(lambda n: answer(box, n, 0.01 * (n % 2)), fork, seconds=1, callers=2)
        assert seen.abstained == 0
        assert found == [b"0 0\n", b"1 1\n"] * (len(found) // 2)
        assert found


def test_interrupted_by_ctrl_c(box: DockerSandbox) -> None:
    previous = signal.signal(signal.SIGINT, signal.default_int_handler)
    timer = threading.Timer(0.2, signal.raise_signal, (signal.SIGINT,))
    try:
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            box.run(square(2, seconds=30), Limits(wall_seconds=30))
    finally:
        timer.join()
        signal.signal(signal.SIGINT, previous)
    assert answer(box, 3)


OWNER = """
import sys, threading
sys.path[:0] = {path!r}
from storm import answer
from verigym.sandbox.docker.backend import DockerSandbox
box = DockerSandbox({image!r}, workers=2, **{options!r})
for _ in range(2):
    threading.Thread(target=lambda: [answer(box, n, 0.05) for n in range(10**6)], daemon=True).start()
print("ready", flush=True)
threading.Event().wait(60)
"""


@pytest.mark.parametrize(
    ("options", "sent", "delays"),
    [
        ({}, signal.SIGKILL, (0.05, 1.0)),
        ({"fresh": True}, signal.SIGKILL, (0.2, 1.0)),
        ({"transport": "stream"}, signal.SIGKILL, (0.8,)),
        ({}, signal.SIGINT, (0.8,)),
        ({"fresh": True}, signal.SIGINT, (0.8,)),
    ],
    ids=str,
)
def test_nothing_outlives_its_owner(
    image: str, options: dict[str, Any], sent: int, delays: tuple[float, ...]
) -> None:
    code = OWNER.format(path=sys.path, image=image, options=options)
    owners = []
    for delay in delays:
        owner = subprocess.Popen(
            ["env", "--default-signal=INT", sys.executable, "-c", code],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert owner.stdout is not None
        assert owner.stdout.readline() == b"ready\n"
        time.sleep(delay)
        owner.send_signal(sent)
        owner.communicate(timeout=20)
        owners.append(str(owner.pid))
    give_up = time.perf_counter() + 15
    while left := abandoned(owners):
        if time.perf_counter() > give_up - 12:  # what was just being made is left to the next of us
            DockerSandbox(image, workers=1).close()
        assert time.perf_counter() < give_up, left
        time.sleep(0.1)


def abandoned(owners: list[str]) -> list[str]:
    """Containers, and folders of sockets, of processes that are gone."""
    with connect().asked_to("list") as api:
        labels = [
            about["Labels"] for about in api.containers(all=True, filters={"label": "verigym.owner"})
        ]
    found = [Owner.parse(label["verigym.owner"]) for label in labels]
    containers = [str(owner) for owner in found if owner and str(owner.pid) in owners]
    folders = Path(tempfile.gettempdir()).glob("verigym-*-*")
    return containers + [folder.name for folder in folders if folder.name.split("-")[1] in owners]


# ------------------------------------------------------------------------------ the engine itself


@pytest.fixture(scope="module")
def own(engine: Engine, image: str) -> Iterator[OwnEngine]:
    """An engine of our own, and the variable that leads to it."""
    if os.geteuid() != 0 or shutil.which("dockerd") is None:
        pytest.skip("only root can start an engine of its own")
    with running(engine, image, os.environ) as own:  # type: ignore[arg-type]
        yield own


def test_the_engine_is_restarted_under_load(own: OwnEngine) -> None:
    with DockerSandbox(IMAGE, workers=2) as box:
        assert answer(box, 1)
        restarts = iter((signal.SIGTERM, signal.SIGKILL, None))

        def restart() -> None:
            if number := next(restarts):
                own.stop(number)
                time.sleep(0.3)
                own.start()
            else:
                time.sleep(1)

        found = storm(
            lambda n: patient(box, n),
            restart,
            seconds=4,
            pause=0.5,
            until=lambda so_far: so_far.right >= 4 and so_far.abstained > 0,
        )
        assert found.right >= 4
        assert found.abstained > 0
        assert answer(box, 2)
        assert answer(box, 3)


def patient(box: DockerSandbox, number: int) -> bytes | None:
    """Ask, and where there is no engine wait a little."""
    if (said := answer(box, number, 0.01)) is None:
        time.sleep(0.05)
    return said


def test_an_engine_that_hangs_holds_up_only_what_needs_it(
    own: OwnEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with DockerSandbox(IMAGE, workers=1) as box:
        assert answer(box, 1)
        (warm,) = ids(box)
        monkeypatch.setattr(Engine.asked_to.__wrapped__, "__defaults__", (1.0,))  # type: ignore[attr-defined]
        own.send(signal.SIGSTOP)
        try:
            assert answer(box, 2), "a warm container needs no engine"
            start = time.perf_counter()
            with pytest.raises(SandboxError, match="within 1 s"):
                box.run(square(3), Limits(memory_bytes=2048 << 20))
            assert time.perf_counter() - start < 15
        finally:
            own.send(signal.SIGCONT)
        assert answer(box, 4)
        assert warm not in ids(box)


def test_the_engine_is_gone_for_good(own: OwnEngine) -> None:
    box = DockerSandbox(IMAGE, workers=1)
    assert answer(box, 1)
    own.stop()
    try:
        start = time.perf_counter()
        with pytest.raises(SandboxError, match="no Docker engine"):
            box.run(square(2))
        box.close()
        assert time.perf_counter() - start < 20
    finally:
        own.start()
