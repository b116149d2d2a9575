"""The command line over the families of this package, from tasks to verdicts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import verigym
from example_families import REPOSITORY, knobs_for
from verigym.cli import main
from verigym.family import BUILTIN

FUNCTION = {
    "prompt": "Write f(n), which doubles n.",
    "entry_point": "f",
    "cases": [[[2], 4], [[-1], -2]],
    "reference": "def f(n): return 2 * n",
}
PROGRAM = {
    "prompt": "Read a number, print its double.",
    "cases": [["1\n", "2\n"], ["-4\n", "-8\n"]],
    "reference": "print(2 * int(input()))",
}


@pytest.fixture(params=sorted(BUILTIN))
def arguments(request: Any, data: Path, tmp_path: Path, monkeypatch: Any) -> str:
    """A family of this package as the command line names it, with a few of its tasks."""
    monkeypatch.chdir(tmp_path)
    Path("functions.jsonl").write_text(json.dumps(FUNCTION))
    Path("programs.jsonl").write_text(json.dumps(PROGRAM))
    Path("repositories.jsonl").write_text(json.dumps(REPOSITORY))
    more = {
        "sat/solve": "--set n=8 --count 8",
        "sat/decide": "--set n=8 --count 8",
        "sat/interactive": "--set n=8 --count 8",
        "code/humaneval": f"--data {data / 'humaneval' / 'HumanEval.jsonl.gz'} --count 8",
        "code/functions": "--data functions.jsonl",
        "code/stdio": "--data programs.jsonl",
        "code/repository": "--data repositories.jsonl",
    }
    if request.param not in more:
        given = knobs_for(request.param, data)
        if "data" not in given:
            knobs = " ".join(f"--set {name}={value}" for name, value in given.items())
            return f"{request.param} {knobs} --count 8"
        records = given["data"]
        Path("records.jsonl").write_text("\n".join(map(json.dumps, records)))
    return f"{request.param} {more.get(request.param, '--data records.jsonl')}"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Any:
    def run(line: str, code: int = 0) -> str:
        assert main(line.split()) == code
        return capsys.readouterr().out

    return run


def test_the_reference_is_right_and_null_answers_earn_nothing(run: Any, arguments: str) -> None:
    summary = json.loads(run(f"eval {arguments} --answers reference --json"))
    assert summary["correct"] == summary["samples"] == summary["tasks"] > 0
    assert (summary["mean_reward"], summary["abstained"]) == (1.0, 0)
    summary = json.loads(run(f"eval {arguments} --answers null --json"))
    assert (summary["correct"], summary["mean_reward"], summary["abstained"]) == (0, 0.0, 0)
    assert summary["samples"] > summary["tasks"]


def test_random_answers_are_all_judged(run: Any, arguments: str) -> None:
    summary = json.loads(run(f"eval {arguments} --answers random --samples 2 --json"))
    assert summary["judged"] == summary["samples"] == 2 * summary["tasks"]


def test_tasks_travel_to_verify(run: Any, arguments: str) -> None:
    lines = run(f"tasks {arguments}").splitlines()
    Path("tasks.jsonl").write_text("\n".join(lines))
    tasks = [verigym.Task.from_json(json.loads(line)) for line in lines]
    name, *_ = arguments.split()
    assert {task.family for task in tasks} == {name}
    with Path("answers.jsonl").open("w") as file:
        for task in tasks:
            for answer in ("", "I do not know.", None):
                file.write(json.dumps({"task_id": task.id, "answer": answer}) + "\n")
    judged = run("verify --tasks tasks.jsonl --answers answers.jsonl").splitlines()
    verdicts = [json.loads(line) for line in judged]
    assert [verdict["task_id"] for verdict in verdicts[::3]] == [task.id for task in tasks]
    assert {verdict["reward"] for verdict in verdicts} == {0.0}


def test_show_keeps_the_spec_to_itself(run: Any, arguments: str) -> None:
    line = arguments.replace(" --count 8", "")
    shown = json.loads(run(f"show {line} --json"))
    assert "spec" not in shown["task"]
    assert shown["task"]["prompt"]
    assert shown["knobs"]
    for hidden in ("def check", "expected"):
        assert hidden not in json.dumps(shown["task"])
    assert "reference" in json.loads(run(f"show {line} --json --reference"))
