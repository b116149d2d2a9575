"""Suites of tests: valid ones that find every fault are paid, and what others would pay is told."""

from __future__ import annotations

import json
from typing import Any

import pytest

import verigym
from example_families import FAULTY
from verigym import Status
from verigym.errors import FamilyError, SandboxError
from verigym.task import Task

PROGRAMS = ["def f(x): return x + (x > 5)", "def f(x): return x if x else 1", "def f(x): return abs(x)"]


def task(**changes: Any) -> Task:
    spec = {
        "entry_point": "f", "reference": "def f(x): return x", "programs": PROGRAMS, "recorded": [],
        "shapes": [{"int": None}], "compare": {"mode": "strict", "relative": 0.0, "absolute": 0.0},
        "packages": [], "most": 4, "predict": False, "floor": [1 / 3, 1 / 3, 2 / 3, 2 / 3],
    }  # fmt: skip
    return Task(family="testgen/tests", prompt="p", spec={**spec, **changes})


def judged(posed: Task, answer: Any) -> verigym.Verdict:
    return verigym.verify(posed, answer if isinstance(answer, str) else json.dumps(answer))


def test_references_are_paid_and_null_answers_are_not() -> None:
    for predict in (False, True):
        family = verigym.family("testgen/tests", data=[FAULTY], predict=predict)
        (posed,) = family.tasks()
        assert judged(posed, family.reference(posed)).reward == 1.0
        nulls = family.null_answers(posed)
        assert len(nulls) > 8
        for answer in nulls:
            assert judged(posed, answer).reward == 0.0, answer
        for program in posed.spec["programs"]:
            assert program not in posed.text
        assert posed.spec["reference"] not in posed.text
        one = [posed.spec["inputs"][0]]
        assert judged(posed, one).reward == 0.0  # the floor holds the task's own cases
        assert judged(posed, family.random_answer(posed, 1)).reward is not None


@pytest.mark.parametrize(
    ("tests", "status", "reward", "killed"),
    [
        ([[6], [0], [-1]], Status.CORRECT, 1.0, 3),
        ([[6]], Status.WRONG, 0.0, 1),
        ([[6], [0]], Status.PARTIAL, 0.25, 2),
        ([[6], [0], [1]], Status.WRONG, 0.0, 2),
        ([[6], [0], [-1], [-1]], Status.WRONG, 0.0, 3),
        ([[6], [0], [-1], ["a"]], Status.WRONG, 0.0, 3),
        ([[6], [0], [-1], [1, 2]], Status.WRONG, 0.0, 3),
        ([[1]], Status.WRONG, 0.0, 0),
    ],
)
def test_the_reward_follows_the_rule(
    tests: list[Any], status: Status, reward: float, killed: int
) -> None:
    verdict = judged(task(), tests)
    assert (verdict.status, verdict.reward) == (status, pytest.approx(reward))
    assert verdict.evidence["killed"] == killed
    assert len(verdict.cases) == len(tests)


def test_predicted_values_are_compared_with_the_right_programs() -> None:
    asked = task(predict=True)
    right = [{"args": [x], "expected": x} for x in (6, 0, -1)]
    assert judged(asked, right).correct
    for wrong in (
        {"args": [6], "expected": 7},
        {"args": [6], "expected": 6.0},
        {"args": [6], "expected": True},
    ):
        verdict = judged(asked, [wrong, *right[1:]])
        assert verdict.reward == 0.0
        assert verdict.cases[0].status is Status.WRONG


def test_the_rewards_of_others_are_as_they_define_them() -> None:
    """By hand: of three programs, [6] kills one, [0] one, [1] none; ['a'] is invalid, one passes it."""

    def near(value: float) -> Any:
        return pytest.approx(value, abs=1e-5)

    rewards = judged(task(), [[6], [0], [1], ["a"]]).evidence["rewards"]
    assert rewards["utrl"] == near(0.85 * 2 / 3 + 0.05 * 3 / 12 + 0.1)
    assert rewards["cure"] == near((1 / 3 + 1 / 3 + 0 - 1 / 3) / 4)
    assert rewards["code_a1"] == near(0.5 * min(3 / 8, 1 - 1 / 8) + 0.5 * (1 / 8 + 1 / 8 + 0) / 3)
    assert rewards["marginal"] == 2 / 4
    assert rewards["atgen"] == near((1 / 3 + 1 / 3 + 0 + 0) / 4)
    predicted = [{"args": [6], "expected": 7}, {"args": [0], "expected": 0}]
    rewards = judged(task(predict=True), predicted).evidence["rewards"]
    # Of the wrong test the first program passes, two fail it: a third gets by.
    assert rewards["cure"] == near((-1 / 3 + 1 / 3) / 2)


@pytest.mark.parametrize("name", ["utrl", "cure", "atgen", "code_a1", "marginal"])
def test_a_reward_by_name_pays_half_of_its_value_for_less_than_success(name: str) -> None:
    asked = task(reward=name)
    for tests in ([[6], [0]], [[6], [0], ["a"]], [["a"]], [[1]]):
        verdict = judged(asked, tests)
        assert verdict.reward == pytest.approx(max(verdict.evidence["rewards"][name], 0) / 2)
        assert not verdict.correct
    assert judged(asked, [[6], [0], [-1]]).reward == 1.0
    assert judged(asked, "nonsense").reward == 0.0
    (posed,) = verigym.family("testgen/tests", data=[FAULTY], reward=name).tasks()
    assert posed.spec["reward"] == name
    assert judged(task(reward="most"), [[1]]).reward is None


def test_programs_that_are_only_slowed_down_are_counted_apart() -> None:
    slow = "def f(x):\n    while x > 3: pass\n    return x + (x < 0)"
    verdict = judged(task(programs=[PROGRAMS[0], slow]), [[6]])
    assert (verdict.evidence["killed"], verdict.evidence["overdue"]) == (1, 1)
    verdict = judged(task(programs=[PROGRAMS[0], slow]), [[6], [-1]])
    assert (verdict.evidence["killed"], verdict.evidence["overdue"]) == (2, 0)


def test_inputs_outside_of_the_contract_are_not_valid() -> None:
    asked = task(contract="def contract(x): return x != 6")
    assert judged(asked, [[6], [0], [-1]]).reward == 0.0
    assert judged(asked, [[7], [0], [-1]]).reward == 1.0
    odd = {**FAULTY, "contract": "def contract(x, low, high): return x % 2 == 1 and low <= high"}
    odd["cases"] = [*FAULTY["cases"], [[5, 1, 3], 3]]
    (posed,) = verigym.family("testgen/tests", data=[odd]).tasks()
    assert all(args[0] % 2 and args[1] <= args[2] for args in posed.spec["inputs"])


@pytest.mark.parametrize(
    "program",
    ["def f(x):\n    while True: pass", "def f(x):\n    for _ in range(10 ** 7): pass\n    return x"],
)
def test_slow_programs_have_no_fault(program: str) -> None:
    verdict = judged(task(programs=[program], floor=[0.0] * 4), [[6]])
    assert (verdict.reward, verdict.evidence["killed"]) == (0.0, 0)


def test_recorded_programs_cannot_answer_for_others() -> None:
    hostile = [
        "import os\ndef f(x): os._exit(0)",
        "import sys\nsys.modules.clear()\ndef f(x): return x + 1",
    ]
    verdict = judged(task(recorded=hostile), [[6], [0], [-1]])
    assert verdict.correct
    assert verdict.evidence["programs"] == 5


@pytest.mark.parametrize(
    "answer",
    ["[]", "[[]", "{}", "[1]", "[[6], 1]", "[[6]] [[0]]", "[[6]]" * 2, "[[NaN]]", '[{"args": [6]}]',
     "[[1],[2],[3],[4],[5]]", "[" * 60_000, "[[1]" + " " * 100_001 + "]", "def test(): pass"],
)  # fmt: skip
def test_malformed_suites_are_refused(answer: str) -> None:
    verdict = judged(task(), answer)
    assert (verdict.status, verdict.reward) == (Status.MALFORMED, 0.0)


@pytest.mark.parametrize(
    "answer", ["[[6]]", '[{"args": [6], "expected": 6, "x": 1}]', '[{"args": 6, "expected": 6}]']
)
def test_predictions_have_their_form(answer: str) -> None:
    assert judged(task(predict=True), answer).status is Status.MALFORMED


@pytest.mark.parametrize(
    ("knobs", "words"),
    [
        ({"most": 0}, "most is 0"),
        ({"faults": 201}, "faults is 201"),
        ({"predict": 1}, "predict must be"),
        ({"reward": "most"}, "reward is 'most'"),
        ({"most": 1}, "take 2 tests, and at most 1"),
        ({"data": []}, "holds no record"),
        ({"data": [{**FAULTY, "reference": "def clamp(*a): return 1"}]}, "no fault of its programs"),
        ({"data": [{**FAULTY, "cases": "x"}]}, "record 0"),
    ],
)
def test_bad_knobs_and_records_are_told(knobs: dict[str, Any], words: str) -> None:
    with pytest.raises(FamilyError, match=words):
        verigym.family("testgen/tests", **{"data": [FAULTY], **knobs})


def test_a_sandbox_that_fails_is_an_abstention(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise SandboxError("gone")

    monkeypatch.setattr("verigym.verifiers.suite_answers.observe", fail)
    assert judged(task(), [[1]]).reward is None
