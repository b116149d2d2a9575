"""The command line as a process of its own: pipes, Ctrl-C, and families from another package."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from toy_family import Rogue

TESTS = Path(__file__).parent


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Environment variables under which the toy families are those of an installed package."""
    info = tmp_path / "site" / "toy-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: toy\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[verigym.families]\ntoy/sum = toy_family:Toy\ntoy/rogue = toy_family:Rogue\n"
    )
    paths = [str(info.parent), str(TESTS), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}


def start(line: str, **kwargs: Any) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "verigym", *line.split()]
    return subprocess.Popen(command, stderr=subprocess.PIPE, **kwargs)


def test_another_packages_families_are_found(environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "verigym", "eval", "toy/sum", "--answers", "reference", "--json"],
        env=environment, capture_output=True, check=True,
    )  # fmt: skip
    assert json.loads(done.stdout)["mean_reward"] == 1.0
    assert done.stderr == b""


def test_a_closed_pipe_ends_it(environment: dict[str, str]) -> None:
    process = start("tasks toy/sum --count 1000000", env=environment, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline().startswith(b'{"id"')
    process.stdout.close()
    _, err = process.communicate(timeout=20)
    assert process.returncode == 1
    assert err == b"verigym: error: cannot write standard output: Broken pipe\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_named() -> None:
    with open("/dev/full", "wb") as full:
        process = start("families", stdout=full)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 1
    assert err == b"verigym: error: cannot write standard output: No space left on device\n"


def test_text_that_the_terminal_cannot_show_is_escaped(environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "verigym", "show", "toy/sum"],
        env={**environment, "PYTHONIOENCODING": "ascii"}, capture_output=True, check=True,
    )  # fmt: skip
    assert b"\\xabonly\\xbb" in done.stdout


@pytest.mark.parametrize("workers", [1, 3])
def test_an_interruption_sums_up_and_leaves_nothing(
    environment: dict[str, str], tmp_path: Path, workers: int
) -> None:
    answers, verdicts = tmp_path / "a.jsonl", tmp_path / "v.jsonl"
    with answers.open("w") as file:
        for _ in range(1000):
            file.write(json.dumps({"index": 0, "answer": "sleep 0.2"}) + "\n")
    process = start(
        f"eval toy/rogue --answers {answers} --out {verdicts} --workers {workers} --json",
        env=environment, stdout=subprocess.PIPE,
    )  # fmt: skip
    deadline = time.monotonic() + 20
    while not (verdicts.exists() and verdicts.stat().st_size) and time.monotonic() < deadline:
        time.sleep(0.02)
    interrupted = time.monotonic()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert time.monotonic() - interrupted < 20
    assert process.returncode == 130
    assert out == b""
    lines = err.decode().splitlines()
    assert lines[-1] == "verigym: error: interrupted"
    assert lines[0].startswith("verigym: interrupted; so far: ")
    assert "Traceback" not in err.decode()
    # What was judged before is whole, and can be resumed.
    judged = [json.loads(line) for line in verdicts.read_text().splitlines()]
    assert f"so far: {len(judged)} judged" in lines[0]
    assert all(verdict["task_id"] == Rogue().sample().id for verdict in judged)


SURVIVORS = """
import ctypes, os, signal, subprocess, sys, time
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER: whoever is left becomes our child
process = subprocess.Popen([sys.executable, "-m", "verigym", *sys.argv[2:]], stderr=subprocess.PIPE)
def children():
    return open(f"/proc/self/task/{os.getpid()}/children").read().split()
deadline = time.monotonic() + 20
while not os.path.exists(sys.argv[1]) and time.monotonic() < deadline:
    time.sleep(0.02)
time.sleep(0.5)
process.send_signal(signal.SIGINT)
try:
    said = process.communicate(timeout=20)[1].decode()
    print("verigym: error: interrupted" in said.splitlines(), process.returncode)
    print("Traceback" in said)
finally:
    process.kill()
deadline = time.monotonic() + 3
while children() and time.monotonic() < deadline:
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        break
    time.sleep(0.02)
print("left:", *children())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks for orphans as Linux allows")
def test_an_interruption_kills_what_the_sandbox_runs(data: Path, tmp_path: Path) -> None:
    answers = tmp_path / "a.jsonl"
    endless = "    while True: pass\n"
    lines = [json.dumps({"index": index, "answer": endless}) for index in range(100)]
    answers.write_text("\n".join(lines))
    source = data / "humaneval" / "HumanEval.jsonl.gz"
    started = time.monotonic()
    done = subprocess.run(
        [
            sys.executable, "-c", SURVIVORS, str(tmp_path / "v.jsonl"),
            *f"eval code/humaneval --data {source} --set timeout=60 --answers {answers}".split(),
            "--out", str(tmp_path / "v.jsonl"),
        ],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert done.stdout.splitlines() == ["True 130", "False", "left:"]
    assert time.monotonic() - started < 20
