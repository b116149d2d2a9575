"""Verdicts: a reward cannot contradict its status, and an abstention has none."""

from __future__ import annotations

import dataclasses
import itertools
import json
import math
import pickle
from typing import Any

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from verigym import Case, Status, Verdict
from verigym.errors import VerigymError
from verigym.verdict import PARTIAL_CAP, ROUNDING, abstention, correct, failed, graded

OURS = {Status.SANDBOX_ERROR, Status.VERIFIER_ERROR}
SUCCESS = {Status.CORRECT, Status.PARTIAL}
FAILURES = [status for status in Status if status not in OURS | SUCCESS]

REWARDS: list[Any] = [None, 0.0, 1.0, 0.25, PARTIAL_CAP, 0.5000001, 0.9, -0.1, 1.1]
REWARDS += [math.nan, math.inf, -math.inf, 0, 1, True, False, "1.0", numpy.float64(1.0), [1.0]]


def agrees(status: Status, reward: Any) -> bool:
    if status in OURS:
        return reward is None
    if type(reward) is not float:
        return False
    if status is Status.CORRECT:
        return reward == 1.0
    return 0.0 < reward <= PARTIAL_CAP if status is Status.PARTIAL else reward == 0.0


@pytest.mark.parametrize(("status", "reward"), list(itertools.product(Status, REWARDS)), ids=repr)
def test_status_and_reward_agree_or_are_refused(status: Status, reward: Any) -> None:
    if agrees(status, reward):
        assert Verdict(status, reward).reward is reward
    else:
        with pytest.raises(VerigymError, match=status.name):
            Verdict(status, reward)


def test_the_statuses_are_these() -> None:
    assert {status.value for status in OURS} == {"sandbox_error", "verifier_error"}
    assert [status for status in Status if status.abstains] == [
        Status.SANDBOX_ERROR, Status.VERIFIER_ERROR,
    ]  # fmt: skip
    assert len(Status) == 14


def test_the_makers_agree_with_the_rules() -> None:
    assert correct().correct
    assert correct().reward == 1.0
    for status in FAILURES:
        verdict = failed(status, "no")
        assert (verdict.reward, verdict.correct, verdict.abstained) == (0.0, False, False)
    for status in OURS:
        verdict = abstention(status, "sorry")
        assert (verdict.reward, verdict.correct, verdict.abstained) == (None, False, True)
    for status in (*SUCCESS, *OURS):
        with pytest.raises(VerigymError):
            failed(status, "no")
    for status in (*SUCCESS, *FAILURES):
        with pytest.raises(VerigymError):
            abstention(status, "sorry")


@given(st.floats() | st.integers(-3, 3))
def test_partial_rewards_are_capped_whatever_the_progress(progress: float) -> None:
    verdict = graded(progress, "so so")
    assert verdict.reward is not None
    assert 0.0 <= verdict.reward <= PARTIAL_CAP
    assert not verdict.correct
    assert verdict.status is (Status.PARTIAL if verdict.reward else Status.WRONG)


def test_partial_rewards_follow_the_progress() -> None:
    assert [graded(x, "").reward for x in (-1, 0, 0.5, 1, 7, math.inf)] == [0, 0, 0.25, 0.5, 0.5, 0.5]
    assert graded(math.nan, "").reward == 0.0
    third = (1 - 16 / 48 - 0.6666666666666666) / (1 - 0.6666666666666666)  # 0, but for rounding
    assert 0 < third < ROUNDING
    assert graded(third, "").status is Status.WRONG
    assert graded(1e-6, "").reward == 5e-7


def test_a_replacement_keeps_the_rules() -> None:
    stamped = correct().stamped(task_id="x", version=2)
    assert (stamped.task_id, stamped.version, stamped.reward) == ("x", 2, 1.0)
    with pytest.raises(VerigymError):
        correct().stamped(reward=0.0)
    with pytest.raises(VerigymError):
        dataclasses.replace(failed(Status.WRONG, ""), reward=1.0)
    with pytest.raises(dataclasses.FrozenInstanceError):
        correct().reward = 0.0  # type: ignore[misc]


def test_json_says_everything() -> None:
    case = Case("first", Status.TIMEOUT, 0.5, "slow")
    verdict = failed(
        Status.WRONG, "no", cases=(case,), evidence={"tier": 2}, timings={"total": 1.5}
    ).stamped(task_id="t", verifier="v", version=3)
    assert json.loads(json.dumps(verdict.to_json())) == {
        "task_id": "t",
        "status": "wrong",
        "reward": 0.0,
        "correct": False,
        "abstained": False,
        "feedback": "no",
        "cases": [
            {
                "name": "first",
                "status": "timeout",
                "seconds": 0.5,
                "detail": "slow",
                "input": "",
                "got": "",
                "expected": "",
                "public": False,
            }
        ],
        "evidence": {"tier": 2},
        "timings": {"total": 1.5},
        "verifier": "v",
        "version": 3,
    }
    data = abstention(Status.SANDBOX_ERROR, "sorry").to_json()
    assert (data["reward"], data["abstained"], data["correct"]) == (None, True, False)
    assert pickle.loads(pickle.dumps(verdict)) == verdict
