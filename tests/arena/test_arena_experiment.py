"""What the arena is for: round by round its pool finds more of the faults that nobody saw."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from arena_tasks import ABOVE, materials, problem

import verigym
from verigym.arena import (
    Config,
    Material,
    Problem,
    choose,
    curves,
    play,
    prepared,
    read,
    samples,
)
from verigym.arena.demo import materials as demo
from verigym.errors import UserError

_log = logging.getLogger(__name__)


def experiment(problems: Sequence[Problem], tester: str, folder: Path, **told: Any) -> list[Any]:
    config = Config(white_box=True, solver="mutants", tester=tester, **told)
    players = choose.solver("mutants", problems), choose.tester(tester, problems)
    play(problems, *players, config, folder)
    return curves(*read(folder))


def rises(found: list[Any], by: float) -> None:
    shares = [one["discrimination"] for one in found]
    assert shares == sorted(shares)
    assert shares[-1] >= shares[0] + by, shares


def test_the_pool_gets_stronger_and_lazy_testers_do_not_help(tmp_path: Path) -> None:
    chosen = [
        one for one in demo() if one.task.spec["entry_point"] in ("leap", "clamp", "second", "merge")
    ]
    problems = [one for one in prepared(chosen) if isinstance(one, Problem)]
    assert len(problems) == 4
    found = {
        name: experiment(problems, name, tmp_path / name, rounds=3) for name in ("mutation", "lazy")
    }
    rises(found["mutation"], 0.05)
    assert found["mutation"][-1]["false_pass"] < found["mutation"][1]["false_pass"]
    assert found["mutation"][1]["tester_reward"] > 0
    lazy = found["lazy"]
    assert len({one["discrimination"] for one in lazy}) == 1
    assert len({one["tests"] for one in lazy}) == 1
    assert not any(one["tester_reward"] for one in lazy)
    assert lazy[-1]["false_pass"] > found["mutation"][-1]["false_pass"]


def test_every_demo_task_can_be_played() -> None:
    tasks = [one.task for one in demo()]
    verdicts = verigym.verify_many([(task, task.spec["reference"]) for task in tasks])
    assert all(verdict.correct for verdict in verdicts)
    assert len({task.id for task in tasks}) == len(tasks) >= 10


def test_a_run_gives_samples_to_train_on(tmp_path: Path) -> None:
    posed = problem()
    suites = iter(["[[6]]", "nonsense", "[[3]]"])

    def solve(view: Any) -> str:
        return ABOVE if view.round == 1 else "def f(x): return x"

    config = Config(rounds=3, answers=1, white_box=True, open_pool=True)
    play([posed], solve, lambda view: next(suites), config, tmp_path, workers=1)
    found = list(samples(tmp_path, [posed.task, materials()[0].task]))
    told = [(one.role, one.round, one.reward) for one in found]
    assert told == [
        ("solver", 1, 1.0), ("tester", 1, 1.0), ("solver", 2, 1.0), ("tester", 2, 0.0), ("solver", 3, 1.0),
    ]  # fmt: skip
    first, attack, second = found[:3]
    assert first.answer == ABOVE
    assert '"args": [6]' not in first.messages[0]["content"]
    assert ABOVE in attack.messages[0]["content"]  # it was alive when the tester was asked
    assert '"args": [6]' in second.messages[0]["content"]  # and then that test was in the open pool
    with pytest.raises(UserError, match="not among the tasks"):
        list(samples(tmp_path, []))


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_over_the_functions_of_humaneval(data: Path, tmp_path: Path) -> None:
    """The 50-task form; docs/arena.md quotes its figures for all tasks."""
    family = verigym.family("code/humaneval", data=str(data / "humaneval" / "HumanEval.jsonl.gz"))
    found = prepared([Material(task) for task in family.tasks()])
    problems = [one for one in found if isinstance(one, Problem)][:60]
    assert len(problems) >= 50
    figures = {
        name: experiment(problems, name, tmp_path / name) for name in ("mutation", "random", "lazy")
    }
    for name, one in figures.items():
        _log.info("%s: %s", name, [round(line["discrimination"], 3) for line in one])
    for name in ("mutation", "random"):
        rises(figures[name], 0.08)
        assert figures[name][-1]["false_pass"] < figures[name][1]["false_pass"] / 2
    assert figures["lazy"][-1]["discrimination"] == figures["lazy"][0]["discrimination"]
    again = experiment(problems[:50], "random", tmp_path / "again", rounds=2)
    assert again == experiment(problems[:50], "random", tmp_path / "twice", rounds=2)


def test_the_example_prints_what_it_says(tmp_path: Path) -> None:
    script = Path(__file__).resolve().parents[2] / "examples" / "04_arena.py"
    done = subprocess.run(
        [sys.executable, str(script)], cwd=tmp_path, capture_output=True, text=True, timeout=120,
        env={**os.environ, "PYTHONWARNINGS": "error"},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    rewards = [line.split("solver ")[1].split(",")[0] for line in lines[:5]]
    assert rewards == ["None", "1.0", "1.0", "0.0", "0.0"]
    assert "tester 1.0, tests 2" in lines[2]
    assert lines[5].startswith("6 turns")
