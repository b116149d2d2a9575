"""A real solver as the policy: what it answers by itself is certified, every time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import verigym
from verigym.cli import main
from verigym.errors import FamilyError


def certified(count: int, **knobs: object) -> int:
    """How many of the first tasks a solver's raw answers are right on; each must be."""
    family = verigym.family("sat/decide", **knobs)
    refutations = 0
    for task in family.tasks("test", count):
        answer = family.solver_answer(task)
        verdict = verigym.verify(task, answer)
        assert verdict.correct, (task.id, verdict.feedback)
        refutations += answer.startswith("s UNSATISFIABLE\n")
    return refutations


@pytest.mark.parametrize("n", [6, 30, 50])
def test_a_solvers_answers_are_certified(n: int) -> None:
    assert certified(10, n=n) == 5


@pytest.mark.soak
def test_a_solvers_answers_are_certified_soak(data: Path) -> None:
    """A thousand mixed formulas, and all the published ones."""
    for n in range(5, 51, 5):
        assert certified(100, n=n) == 50
    assert certified(11, data=data / "proofs") == 11
    certified(82, data=data / "dimacs")


def test_published_formulas(data: Path) -> None:
    for name in ("add4", "block0", "empty", "false", "full3", "ph4", "prime25", "sat9", "unit7"):
        certified(1, data=data / "dimacs" / f"{name}.cnf")
    for name in ("example-5-vars", "example-Schur", "uuf-100-2"):
        assert certified(1, data=data / "proofs" / f"{name}.cnf") == 1


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    eval_ = ["eval", "sat/decide", "--set", "n=10", "--answers", "solver", "--count", "6", "--json"]
    assert main(eval_) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["answers"], told["correct"], told["mean_reward"]) == ("solver", 6, 1.0)


def test_a_family_without_a_solver_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    family = verigym.family("sat/solve", n=6)
    with pytest.raises(FamilyError, match="sat/solve has no solver that could answer"):
        family.solver_answer(family.sample())
    assert main(["eval", "sat/solve", "--set", "n=6", "--answers", "solver", "--count", "1"]) == 1
    assert "sat/solve has no solver" in capsys.readouterr().err
