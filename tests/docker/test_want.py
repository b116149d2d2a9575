"""What the docker sandbox does for want of something: descriptors, a folder, containers, an engine.

Every run has its right result or a `SandboxError`, a batch keeps its order, and nothing is left behind.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import verigym
from storm import LIMITS, answer, containers, nothing_left, square
from verigym.envs.code import function_task
from verigym.errors import SandboxError
from verigym.sandbox import Limits, Program, close_shared
from verigym.sandbox.docker import door
from verigym.sandbox.docker.backend import DockerSandbox
from verigym.sandbox.docker.engine import Engine
from verigym.sandbox.shared import share


@pytest.fixture(autouse=True)
def clean(image: str) -> Iterator[None]:
    """Each test leaves nothing behind."""
    with nothing_left():
        yield


@pytest.fixture(params=["socket", "stream"])
def transport(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def single(image: str, transport: str) -> Iterator[DockerSandbox]:
    """A sandbox with one worker, which is warm."""
    with DockerSandbox(image, workers=1, transport=transport) as opened:
        assert answer(opened, 0)
        yield opened


@pytest.fixture
def judging(single: DockerSandbox) -> Iterator[DockerSandbox]:
    """The same, and verifiers use it."""
    share(single)
    yield single
    close_shared()


def held(box: DockerSandbox) -> list[str]:
    """The ids of the containers that a sandbox uses now."""
    agents = [agent for slot in box._slots for agent in list(slot._agents.values())]
    return [agent.host._container.id for agent in agents]  # type: ignore[attr-defined]


def kill(engine: Engine, container: str) -> None:
    with engine.asked_to("kill it") as api:
        api.kill(container)


def remove(engine: Engine, container: str) -> None:
    with engine.asked_to("remove it") as api:
        api.remove_container(container, force=True)


# --------------------------------------------------------------------------- a container that goes


@pytest.mark.parametrize("go", [kill, remove])
def test_a_container_goes_while_runs_wait_in_line(
    engine: Engine, single: DockerSandbox, go: type[kill]
) -> None:
    with ThreadPoolExecutor(6) as pool:
        asked = [pool.submit(answer, single, number, 0.05) for number in range(12)]
        go(engine, held(single)[0])
        assert None not in [each.result() for each in asked]
    go(engine, held(single)[0])  # while nothing runs there
    assert answer(single, 1)


def test_a_run_that_loses_two_containers_is_an_error(engine: Engine, single: DockerSandbox) -> None:
    (before,) = held(single)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(single.run, square(1, seconds=20), Limits(wall_seconds=30))
        time.sleep(0.2)
        kill(engine, before)
        give_up = time.perf_counter() + 20
        while (now := held(single)) in ([], [before]) and time.perf_counter() < give_up:
            time.sleep(0.02)
        time.sleep(0.2)
        kill(engine, now[0])
        with pytest.raises(SandboxError):
            asked.result(20)
    assert answer(single, 2)


@pytest.mark.parametrize("victim", [0, 1], ids=["subject", "driver"])
def test_a_side_of_a_pair_that_loses_its_container_is_no_result(
    engine: Engine, single: DockerSandbox, victim: int
) -> None:
    subject = Program("import os, time\ntime.sleep(0.6)\nos.write(5, b'from the subject')")
    driver = Program("import os\nprint(os.read(5, 99))")
    single.run_pair(Program("pass"), Program("pass"))
    before = held(single)
    threading.Timer(0.2, kill, (engine, before[victim])).start()
    assert single.run_pair(subject, driver, LIMITS)[1].stdout == b"b'from the subject'\n"
    assert before[victim] not in held(single)


def test_a_batch_is_judged_right_or_not_at_all(engine: Engine, judging: DockerSandbox) -> None:
    """Sixty answers, right and wrong ones mixed, while containers are killed."""
    dice = random.Random(4)
    pairs, expected = [], []
    for number in range(60):
        task = function_task(f"Add {number}.", "f", cases=[((n,), n + number) for n in (1, 7)])
        right = dice.random() < 0.5
        source = f"import time; time.sleep(0.02); return n + {number if right else number + 1}"
        pairs.append((task, f"def f(n): {source}"))
        expected.append(1.0 if right else 0.0)
    done = threading.Event()
    struck = []

    def strike() -> None:
        while not done.wait(0.5 + 0.5 * dice.random()):
            for container in held(judging):
                try:
                    dice.choice((kill, remove))(engine, container)
                    struck.append(container)
                except SandboxError:
                    continue  # it was gone

    with ThreadPoolExecutor(1) as pool:
        striking = pool.submit(strike)
        try:
            verdicts = verigym.verify_many(pairs, workers=3)
        finally:
            done.set()
            striking.result()
    assert struck
    assert [verdict.task_id for verdict in verdicts] == [task.id for task, _ in pairs]
    given = [verdict.reward for verdict in verdicts]
    assert [e if g is None else g for g, e in zip(given, expected, strict=True)] == expected
    assert sum(reward is not None for reward in given) >= 20


@pytest.mark.parametrize("loss", [KeyboardInterrupt, ConnectionResetError])
def test_a_container_that_was_made_unheard_is_gone_when_its_sandbox_is_closed(
    image: str, transport: str, loss: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    import docker

    create = docker.APIClient.create_container
    before = set(containers())  # of sandboxes that other tests share

    def unheard(*args: object, **options: object) -> object:
        made = create(*args, **options)
        if options.get("name"):  # and not the question what the engine sees
            raise loss
        return made

    with DockerSandbox(image, workers=1, transport=transport) as other:
        assert answer(other, 1)
        with DockerSandbox(image, workers=1, transport=transport) as box:
            with monkeypatch.context() as patch:
                patch.setattr(docker.APIClient, "create_container", unheard)
                with pytest.raises(loss if loss is KeyboardInterrupt else SandboxError):
                    box.run(square(1))
            assert answer(box, 1)
            assert len(set(containers()) - before) > 2, "the engine made more"
        assert set(containers()) - before == set(held(other))


# ----------------------------------------------------------------------------------- other wants


def test_for_want_of_an_engine_it_abstains(
    engine: Engine, judging: DockerSandbox, caplog: pytest.LogCaptureFixture
) -> None:
    task = function_task("Double n.", "f", cases=[((2,), 4)])
    right, wrong = "def f(n): return 2 * n", "def f(n): return 0"
    assert verigym.verify(task, right).reward == 1.0
    used = judging._settings.engine
    object.__setattr__(used, "access", {"base_url": "unix:///nowhere"})
    for container in held(judging):
        kill(engine, container)
    for source in (right, wrong):
        verdict = verigym.verify(task, source)
        assert (verdict.reward, verdict.status) == (None, verigym.Status.SANDBOX_ERROR)
    caplog.clear()  # the errors hold what failed, sockets too
    object.__setattr__(used, "access", engine.access)
    assert verigym.verify(task, right).reward == 1.0
    assert verigym.verify(task, wrong).reward == 0.0


@pytest.mark.parametrize("folder", ["nowhere", "x" * 120, "file"])
def test_for_want_of_a_temporary_folder_it_says_which_setting_to_change(
    image: str, folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ("x" * 120)).mkdir()
    (tmp_path / "file").touch()
    with DockerSandbox(image, workers=1, transport="socket") as box:
        with monkeypatch.context() as patch:
            patch.setattr(tempfile, "tempdir", str(tmp_path / folder))
            with pytest.raises(SandboxError, match="TMPDIR"):
                box.run(square(1))
        assert answer(box, 2)


FEW_DESCRIPTORS = """
import os, resource, sys
sys.path[:0] = {path!r}
from storm import answer, containers
from verigym.sandbox.docker.backend import DockerSandbox
with DockerSandbox({image!r}, workers=1, transport={transport!r}) as box:
    assert answer(box, 1)
    before = len(os.listdir("/proc/self/fd"))
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
        for fd in held[-2:] if len(held) > 48 else held[-9:]:
            os.close(fd)
            held.remove(fd)
    print(failed > 1, [answer(box, n) for n in range(2)], len(os.listdir("/proc/self/fd")) <= before)
    print(len(containers()))
print(len(containers()))
"""


def test_for_want_of_descriptors(image: str, transport: str) -> None:
    source = FEW_DESCRIPTORS.format(path=sys.path, image=image, transport=transport)
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=120)
    expected = "True [b'0 0\\n', b'1 1\\n'] True\n1\n0\n"
    assert done.stdout == expected, done.stdout + done.stderr


# -------------------------------------------------------------------------------- what owners leave


def test_folders_of_sockets_that_nobody_owns_are_swept() -> None:
    dead = subprocess.Popen(["true"])
    dead.wait()
    folder = Path(tempfile.gettempdir()) / f"verigym-{dead.pid}-x"
    (folder / "door").mkdir(parents=True)
    (folder / "door/socket").touch()
    ours = Path(tempfile.mkdtemp(prefix=f"verigym-{os.getpid()}-"))
    try:
        door.sweep_doors()
        assert not folder.exists()
        assert ours.exists()
    finally:
        ours.rmdir()


def test_ctrl_c_in_an_evaluation_leaves_nothing(engine: Engine, image: str, tmp_path: Path) -> None:
    record = {
        "task_id": "HumanEval/0",
        "prompt": 'def f(n):\n    """One more."""\n',
        "entry_point": "f",
        "canonical_solution": "    return n + 1\n",
        "test": "def check(candidate):\n    assert candidate(1) == 2\n",
    }
    endless = {"index": 0, "answer": "```python\ndef f(n):\n    while True: pass\n```"}
    (tmp_path / "data.jsonl").write_text(json.dumps(record) + "\n")
    (tmp_path / "answers.jsonl").write_text((json.dumps(endless) + "\n") * 8)
    command = ["env", "--default-signal=INT", sys.executable, "-m", "verigym", "eval", "code/humaneval"]
    command += ["--data", "data.jsonl", "--answers", "answers.jsonl", "--backend", "docker"]
    command += ["--option", f"image={image}", "--option", "workers=2"]
    process = subprocess.Popen(
        [*command, "--no-progress"], stderr=subprocess.PIPE, text=True, cwd=tmp_path
    )

    def left() -> list[str]:
        with engine.asked_to("list containers") as api:
            found = api.containers(all=True, filters={"label": "verigym.owner"})
        mine = f":{process.pid}:"
        return [about["Id"] for about in found if mine in about["Labels"]["verigym.owner"]]

    give_up = time.perf_counter() + 30
    while not left() and process.poll() is None:
        assert time.perf_counter() < give_up
        time.sleep(0.05)
    time.sleep(1.0)
    start = time.perf_counter()
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=20)[1]
    assert process.returncode == 130, said
    assert time.perf_counter() - start < 20
    give_up = time.perf_counter() + 5
    while left():
        assert time.perf_counter() < give_up
        time.sleep(0.1)
    assert not list(Path(tempfile.gettempdir()).glob(f"verigym-{process.pid}-*"))
