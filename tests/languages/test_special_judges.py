"""Checkers and interactors rule, on this machine and in containers."""

from __future__ import annotations

from typing import Any

import pytest
from judge_programs import (
    CHECKERS,
    INTERACTOR,
    INTERACTOR_IN_C,
    SEARCH,
    SEARCH_IN_C,
    checked,
    talked,
)

from verigym.sandbox import Sandbox
from verigym.task import Task
from verigym.verdict import Status
from verigym.verifiers.stdio import StdioVerifier


@pytest.fixture
def judge(box: Sandbox) -> Any:
    return StdioVerifier(box).verify


@pytest.mark.parametrize("checker", CHECKERS.values(), ids=CHECKERS)
def test_any_output_that_the_checker_accepts_is_right(judge: Any, checker: dict[str, Any]) -> None:
    task = checked(checker)
    for answer in ("print(1, int(input()) - 1)", "n = int(input())\nprint(n - 2)\nprint(2)"):
        assert judge(task, answer).reward == 1.0
    verdict = judge(task, "print(3, 2)")
    assert (verdict.status, verdict.reward) == (Status.WRONG, 0.0)
    assert verdict.feedback == "The checker says: a wrong answer. 1 of 2 cases passed before."
    assert [case.status for case in verdict.cases] == [Status.CORRECT, Status.WRONG]
    if "protocol" not in checker:
        assert verdict.cases[1].detail == "the sum is 5"
        assert "the sum" not in verdict.feedback


@pytest.mark.parametrize(
    "interactor", [(INTERACTOR, "python"), (INTERACTOR_IN_C, "c")], ids=["python", "c"]
)
@pytest.mark.parametrize("answer", [(SEARCH, "python"), (SEARCH_IN_C, "c")], ids=["python", "c"])
def test_a_dialogue_of_two_languages(judge: Any, interactor: Any, answer: Any) -> None:
    source, name = answer
    task = talked(*interactor, answer_in=name)
    assert judge(task, source).correct
    verdict = judge(task, source.replace("100", "60"))
    assert verdict.status in (Status.WRONG, Status.RUNTIME_ERROR)
    assert "1 of 2 cases passed before" in verdict.feedback


def test_a_task_with_a_checker_travels_as_json(judge: Any) -> None:
    verdict = judge(Task.from_json(checked(CHECKERS["c"]).to_json()), "print(1, int(input()) - 1)")
    assert verdict.correct
