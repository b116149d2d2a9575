"""Hostile answers and broken tasks: no exception, no reward, no long wait."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import verigym
from verigym import Status, Task
from verigym.envs.sat.solver import find_model
from verigym.errors import TaskError
from verigym.verifiers.sat import formula_of

FAMILIES = ("sat/solve", "sat/decide")


def is_satisfiable(task: Task) -> bool:
    return find_model(formula_of(task)) is not None


ALPHABET = "0123456789- \n\r\tvsdc%ATISFIABLEUN<answer></think>`\u0661\u2212\x00"
TASKS = {name: verigym.family(name, n=12).tasks("test", 4) for name in FAMILIES}


@pytest.mark.parametrize("name", FAMILIES)
@given(answer=st.text(ALPHABET, max_size=120) | st.text(max_size=60), which=st.integers(0, 3))
@settings(deadline=None, max_examples=300)
def test_random_text_never_raises_and_earns_nothing(name: str, answer: str, which: int) -> None:
    verdict = verigym.verify(TASKS[name][which], answer)
    assert verdict.reward == 0.0
    assert not verdict.status.abstains


@pytest.mark.parametrize("name", FAMILIES)
@given(
    lines=st.lists(st.lists(st.integers(-12, 12).filter(bool), max_size=4), max_size=12),
    head=st.sampled_from(["", "v ", "s SATISFIABLE\n", "s UNSATISFIABLE\n"]),
)
@settings(deadline=None, max_examples=300)
def test_random_clauses_are_judged_exactly(name: str, lines: list[list[int]], head: str) -> None:
    """Well formed, but random: whatever is rewarded is right by an independent look."""
    task = TASKS[name][0]
    text = head + "\n".join(" ".join(map(str, (*line, 0))) for line in lines)
    verdict = verigym.verify(task, text)
    if verdict.correct:
        true = {literal for line in lines for literal in line}
        assert head != "s UNSATISFIABLE\n" if is_satisfiable(task) else name == "sat/decide"
        if is_satisfiable(task):
            assert all(true & set(clause) for clause in task.spec["clauses"])
            assert not any(-literal in true for literal in true)


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("answer", ["9" * 3_000_000, "1 " * 1_000_000, "1 0\n" * 900_000,
                                    "\n" * 3_999_999 + "v",
                                    "0" * 4_000_000, "-" * 4_000_000, "d 1 0\n" * 600_000])  # fmt: skip
def test_enormous_answers_are_refused_quickly(name: str, answer: str) -> None:
    verdict = verigym.verify(TASKS[name][0], answer)
    assert verdict.reward == 0.0
    assert verdict.timings["total"] < 10


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"variables": 2},
        {"variables": 2, "clauses": [[3]], "baseline": 0},
        {"variables": 2, "clauses": [[1.5]], "baseline": 0},
        {"variables": 2, "clauses": "1 2 0", "baseline": 0},
        {"variables": True, "clauses": [[1]], "baseline": 0},
        {"variables": 20_000, "clauses": [[1]], "baseline": 0},
        {"variables": 2, "clauses": [[1]], "baseline": 2},
        {"variables": 2, "clauses": [[1]], "baseline": None},
    ],
)
def test_a_broken_spec_is_an_abstention(spec: dict) -> None:  # type: ignore[type-arg]
    verdict = verigym.verify(Task(family="sat/solve", prompt="p", spec=spec), "1 2 0")
    assert (verdict.status, verdict.reward) == (Status.VERIFIER_ERROR, None)


def test_a_formula_is_checked_once_for_all_answers() -> None:
    task = verigym.family("sat/solve", n=10).sample()
    again = Task.from_json(json.loads(json.dumps(task.to_json())))
    assert formula_of(task) is formula_of(again)
    with pytest.raises(TaskError):
        formula_of(Task(family="sat/solve", prompt="p", spec={"variables": 1, "clauses": [[2]]}))
