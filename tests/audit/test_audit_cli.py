"""``verigym audit``: what it prints, writes and returns; wrong input; Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import planted
import pytest

from verigym.audit import CHECKS
from verigym.cli import main

HERE = Path(__file__).parent


@pytest.fixture
def records(tmp_path: Path) -> str:
    path = tmp_path / "examples.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in planted.RECORDS))
    return str(path)


def test_a_pass_a_finding_and_an_abstention_have_codes_of_their_own(
    records: str, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ["--data", records, "--only", "reference", "--only", "echo", "--tasks", "2"]
    assert main(["audit", "planted:sound", *line]) == 0
    out, err = capsys.readouterr()
    assert "reference  passed   2" in out
    assert "2 checks passed, 0 failed" in out
    assert err == ""
    assert main(["audit", "planted:echoed", *line]) == 1
    out, _ = capsys.readouterr()
    assert "echo       failed" in out
    assert "expected no reward, got reward 1" in out
    assert f"verigym audit planted:echoed --data {records} --tasks 2 --seed 0 --only echo" in out
    assert main(["audit", "planted:abstains", *line]) == 3
    assert "reference  abstained  2        -      2 abstained" in capsys.readouterr().out


def test_the_report_as_json(records: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = ["audit", "planted:pays_for_text", "--data", records, "--only", "nulls", "--tasks", "1"]
    assert main([*line, "--json", "-"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert (report["target"], report["tasks"], report["passed"]) == ("planted:pays_for_text", 1, False)
    finding = report["checks"][0]["findings"][0]
    assert finding["check"] == "nulls"
    assert finding["expected"] == "no reward"
    assert finding["got"] == "reward 0.1"
    assert finding["reproduce"].endswith("--only nulls")
    path = tmp_path / "audit.json"
    assert main([*line, "--json", str(path), "--floor", "0.1"]) == 0
    assert json.loads(path.read_text())["passed"] is True
    assert "nulls" in capsys.readouterr().out
    assert main([*line, "--json", str(path)]) == 1
    assert "already holds something" in capsys.readouterr().err


def test_the_checks_are_listed_with_their_claims(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "--list"]) == 0
    out = capsys.readouterr().out
    for name, check in CHECKS.items():
        assert name in out
        assert check.claim in out


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", "name a FAMILY"),
        ("sat/nothing", "no family is called 'sat/nothing'"),
        ("sat/solve --only luck", "no check is called 'luck'; there are: reference,"),
        ("sat/solve --tasks 0", "not a whole number from 1 up"),
        ("sat/solve --set colour=red", "has no knob 'colour'"),
        ("sat/solve --range 0 2", "a family's rewards are from 0 to 1"),
        ("sat/solve --deadline 0", "deadline is 0.0"),
        ("sat/solve --backend nowhere", "no sandbox backend is called 'nowhere'"),
        ("nowhere:Family", "'nowhere:Family' cannot be imported: ModuleNotFoundError"),
        ("planted:Nothing", "'planted:Nothing' cannot be imported: AttributeError"),
        ("planted:SUMS", "neither a family nor a function"),
        ("planted:sound", "is a grading function: give it examples"),
        ("planted:sound --data nowhere.jsonl", "cannot read nowhere.jsonl"),
        ("planted:sound --set n=1 --data nowhere.jsonl", "has no knobs"),
        ("planted:sound --data nowhere.jsonl --range 1 0", "the floor is 1"),
    ],
)
def test_wrong_input_is_one_line(line: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", *line.split()]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert words in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ({"reference": "1"}, "must have a text 'prompt'"),
        ({"prompt": "p", "reference": 1}, "reference must be text"),
        ({"prompt": "p", "wrong": "no"}, "wrong must be a list of texts"),
    ],
)
def test_a_wrong_record_is_named(
    record: object, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(json.dumps(record))
    assert main(["audit", "planted:sound", "--data", str(path)]) == 1
    assert words in capsys.readouterr().err


def test_modules_are_found_from_the_current_directory(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "def grade(prompt, answer, record):\n    return float(answer == record['reference'])\n"
    )
    (tmp_path / "examples.jsonl").write_text('{"prompt": "One and one?", "reference": "two"}')
    line = "audit mine:grade --data examples.jsonl --only reference"
    done = subprocess.run(
        [sys.executable, "-m", "verigym", *line.split()], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "1 checks passed" in done.stdout


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_however_it_is_stopped_nothing_is_left_running(records: str, stop: signal.Signals) -> None:
    line = ["audit", "planted:hangs", "--data", records, "--only", "odd", "--deadline", "60"]
    mark = f"AUDIT_TEST={os.getpid()}"
    name, _, value = mark.partition("=")
    process = subprocess.Popen(
        [sys.executable, "-m", "verigym", *line],
        env={**os.environ, "PYTHONPATH": str(HERE), name: value},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    deadline = time.monotonic() + 60
    while len(marked(mark)) < 3:  # itself, a worker and its fork
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.05)
    time.sleep(0.3)
    process.send_signal(stop)
    _, err = process.communicate(timeout=30)
    if stop is signal.SIGINT:
        assert process.returncode == 130
        assert b"interrupted" in err
    while marked(mark):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def marked(mark: str) -> list[str]:
    """The processes with a mark in their environment."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if f"\0{mark}\0".encode() in b"\0" + Path(f"/proc/{pid}/environ").read_bytes():
                found.append(pid)
        except OSError:
            continue
    return found
