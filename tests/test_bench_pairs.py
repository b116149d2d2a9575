"""Pairs of tasks: whole, judged and correct are told apart."""

from __future__ import annotations

import json

import pytest

import verigym
from toy_family import Toy
from verigym.bench.pairs import Pairs
from verigym.bench.run import Job
from verigym.bench.summary import Summary, Tally
from verigym.task import Task
from verigym.verdict import Status

TASK = Toy().sample()


def posed(pair: object) -> Task:
    return Task(family=TASK.family, prompt="?", spec={"sum": 1}, metadata={"pair": pair})


def summary(*given: tuple[object, int, int, Status]) -> Summary:
    """Of verdicts given as (pair, index of the task, sample, status)."""
    tally = Tally()
    for pair, index, sample, status in given:
        reward = None if status.abstains else float(status is Status.CORRECT)
        tally.add(Job(posed(pair), "x", index, sample), status, reward)
    return tally.summary()


RIGHT, WRONG, LOST = Status.CORRECT, Status.WRONG, Status.SANDBOX_ERROR


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([(0, 0, 0, RIGHT), (0, 1, 0, RIGHT)], Pairs(1, 1, 1)),
        ([(0, 0, 0, RIGHT), (0, 1, 0, WRONG)], Pairs(1, 1, 0)),
        ([(0, 0, 0, WRONG), (0, 1, 0, WRONG)], Pairs(1, 1, 0)),
        ([(0, 0, 0, RIGHT), (0, 1, 0, Status.PARTIAL)], Pairs(1, 1, 0)),
        ([(0, 0, 0, RIGHT), (0, 1, 0, LOST)], Pairs(1, 0, 0)),
        ([(0, 0, 0, WRONG), (0, 1, 0, LOST)], Pairs(1, 0, 0)),
        ([(0, 0, 0, RIGHT)], Pairs(0, 0, 0)),
        # Neither two answers to one task nor one answer to each of two pairs are a pair.
        ([(0, 0, 0, RIGHT), (0, 0, 1, RIGHT)], Pairs(0, 0, 0)),
        ([(0, 0, 0, RIGHT), (1, 2, 0, RIGHT)], Pairs(0, 0, 0)),
        # Samples go with each other by number; names may be text; order does not matter.
        ([(0, 0, 0, RIGHT), (0, 0, 1, RIGHT), (0, 1, 0, WRONG), (0, 1, 1, RIGHT)], Pairs(2, 2, 1)),
        ([("a", 5, 0, RIGHT), ("b", 1, 0, RIGHT), ("b", 0, 0, WRONG), ("a", 2, 0, RIGHT)], Pairs(2, 2, 1)),
        # Three tasks are no pair, and what is no name names none.
        ([(0, i, 0, RIGHT) for i in range(3)], Pairs(0, 0, 0)),
        ([(None, 0, 0, RIGHT), (None, 1, 0, RIGHT)], None),
        ([([1], 0, 0, RIGHT), ([1], 1, 0, RIGHT)], None),
        ([(True, 0, 0, RIGHT), (True, 1, 0, RIGHT)], None),
        ([], None),
    ],
)  # fmt: skip
def test_pairs_are_counted(
    given: list[tuple[object, int, int, Status]], expected: Pairs | None
) -> None:
    found = summary(*given)
    assert found.pairs == expected
    shown = json.loads(json.dumps(found.to_json()))
    assert shown.get("pairs") == (expected and expected.to_json())


def test_a_share_is_of_the_judged() -> None:
    assert Pairs(4, 2, 1).to_json() == {"whole": 4, "judged": 2, "correct": 1, "share": 0.5}
    assert Pairs(4, 0, 0).share is None


def test_one_kind_of_answer_gets_no_pair() -> None:
    """Always the refutation that is right for one member: half of the answers, none of the pairs."""
    family = verigym.family("sat/decide", n=6)
    tally = Tally()
    for index, task in enumerate(family.tasks("test", 8)):
        reference = family.reference(task)
        answer = "v 1 0" if reference.startswith("v") else reference
        verdict = family.verify(task, answer)
        tally.add(Job(task, answer, index), verdict.status, verdict.reward)
    assert tally.summary().correct == 4
    assert tally.summary().pairs == Pairs(4, 4, 0)
