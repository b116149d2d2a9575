"""The command: an experiment from a file of tasks to its page."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from arena_tasks import materials

from verigym.arena.page import MEANING
from verigym.arena.scripted_solvers import SOLVERS
from verigym.arena.scripted_testers import TESTERS
from verigym.cli import main
from verigym.envs.code import stdio_task


@pytest.fixture(scope="module")
def tasks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("arena") / "tasks.jsonl"
    lines = [json.dumps(one.task.to_json()) for one in materials()[1:]]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_a_run_is_played_reported_and_refused_a_second_time(
    tasks: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, html = tmp_path / "run", tmp_path / "page.html"
    line = ["arena", "run", str(tasks), "--out", str(out), "--rounds", "2", "--tester", "random"]
    assert main([*line, "--white-box", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [one["round"] for one in told["rounds"]] == [0, 1, 2]
    assert told["run"]["config"]["tester"] == "random"
    assert (out / "report.html").read_text().startswith("<!doctype html>")
    stored = (out / "run.jsonl").read_bytes()
    assert main(line) == 1
    assert "--resume continues it" in capsys.readouterr().err
    assert main([*line, "--resume"]) == 1  # black-box now
    assert "white_box was True and is False" in capsys.readouterr().err
    assert main([*line, "--white-box", "--resume"]) == 0
    assert (out / "run.jsonl").read_bytes() == stored
    capsys.readouterr()
    assert main(["arena", "report", str(out), "--html", str(html)]) == 0
    printed = capsys.readouterr().out
    assert printed.splitlines()[0].startswith("ROUND  DISCRIMINATION  VALIDITY")
    assert len(printed.splitlines()) == 4
    assert html.read_text() == (out / "report.html").read_text()


def test_abstentions_are_told(
    tasks: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "away.py").write_text("def player(view):\n    raise OSError('away')\n")
    monkeypatch.chdir(tmp_path)
    line = ["arena", "run", str(tasks), "--out", "run", "--rounds", "1", "--solver", "away:player"]
    assert main([*line, "--tester", "lazy"]) == 3
    assert "4 turns could not be judged" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("arena run {tasks} --out {out} --solver nobody", "no solver is called 'nobody'"),
        ("arena run {tasks} --out {out} --tester a:b", "player 'a:b' cannot be loaded"),
        ("arena run {tasks} --out {out} --solver m@ftp://x/", "no base address"),
        (
            "arena run {tasks} --out {out} --solver m@http://x/ --key NO_SUCH_KEY",
            "NO_SUCH_KEY holds no",
        ),
        ("arena run {tasks} --out {out} --request seed=1", "not for you to set"),
        ("arena run {tasks} --out {out} --rounds 0", "whole number from 1"),
        ("arena run {tasks} --out {out} --rounds 5000", "rounds is 5000"),
        ("arena run {tasks} --out {tasks}", "as a folder"),
        ("arena run /no/such --out {out}", "cannot read"),
        ("arena report {out}", "there is no run"),
        ("arena demo --resume", "name its folder"),
        ("arena", "ACTION"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(
    line: str, words: str, tasks: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(line.format(tasks=tasks, out=tmp_path / "run").split()) == 1
    err = capsys.readouterr().err
    assert words in err
    assert err.count("\n") == 1


def test_tasks_that_cannot_be_played_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    posed = [stdio_task(f"Print {n}.", cases=[("", f"{n}\n")]) for n in (1, 2)]
    lines = [json.dumps(task.to_json()) for task in posed]
    (tmp_path / "t.jsonl").write_text("\n".join(lines) + "\n")
    assert main(["arena", "run", str(tmp_path / "t.jsonl"), "--out", str(tmp_path / "run")]) == 1
    err = capsys.readouterr().err
    assert "2 tasks are not played: it is no task of a function" in err
    assert "none of the tasks can be played" in err


def test_an_interruption_is_clean_and_the_run_goes_on(tasks: Path, tmp_path: Path) -> None:
    """Ctrl-C while a player takes its time: at once, without a traceback, and nothing is lost."""
    one = tmp_path / "one.jsonl"
    one.write_text(tasks.read_text().splitlines()[0] + "\n")
    slow = "import time\ndef player(view):\n    time.sleep(0.2)\n    return '[[2000]]'\n"
    (tmp_path / "slow_player.py").write_text(slow)
    line = f"arena run {one} --out run --rounds 50 --solver reference --tester slow_player:player"

    def start(*more: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "verigym", *line.split(), *more], cwd=tmp_path,
            env=os.environ.copy(), stderr=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    path = tmp_path / "run" / "run.jsonl"
    held = b""
    for more in ((), ("--resume",)):
        process = start(*more)
        deadline = time.monotonic() + 60
        wanted = held.count(b"\n") + 3
        while time.monotonic() < deadline and process.poll() is None:
            if path.exists() and path.read_bytes().count(b"\n") >= wanted:
                break
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
        assert (process.returncode, out) == (130, b"")
        assert err.decode().splitlines() == ["verigym: error: interrupted"]
        now = path.read_bytes()
        assert now.startswith(held)
        assert now.endswith(b"\n")
        statuses = [part["status"] for part in _parts(now)]
        assert "abstained" not in statuses
        held = now


def _parts(stored: bytes) -> list[Any]:
    turns = [json.loads(line) for line in stored.splitlines()[1:]]
    return [part for turn in turns for part in (*turn["answers"], turn["suite"])]


def test_the_page_names_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "arena.md").read_text()
    for name in (*SOLVERS, *TESTERS):
        assert f"`{name}`" in page
    for name in MEANING:
        assert re.search(rf"^\| [^|]*\b{name}\b", page, re.MULTILINE), name
    assert main(["arena", "run", "--help"]) == 0
    told = capsys.readouterr().out
    for option in sorted(
        set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", page)) - {"--html", "--data", "--json"}
    ):
        assert option in told, option
    for name in (*SOLVERS, *TESTERS):
        assert name in told
