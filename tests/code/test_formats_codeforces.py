"""The reader of Codeforces-like problems: shapes, checkers, interactors, and records that are broken."""

from __future__ import annotations

from typing import Any

import pytest

import verigym
from verigym.envs.code.codeforces import Codeforces
from verigym.errors import FamilyError
from verigym.task import Task
from verigym.verdict import Status

DOUBLE: dict[str, Any] = {
    "id": "1/A", "aliases": None, "contest_id": "1", "contest_name": "First", "contest_type": "CF", "contest_start": 1, "contest_start_year": 2010, "index": "A",
    "time_limit": 1.0, "memory_limit": 64.0, "title": "Twice", "description": "Double a number.", "input_format": "One int.", "output_format": "Its double.",
    "interaction_format": None, "note": None, "examples": [{"input": "1\n", "output": "2\n"}], "editorial": None, "rating": 800, "tags": ["math"], "testset_size": 3,
    "official_tests": [{"input": "1\n", "output": "2\n"}, {"input": "-4\n", "output": "-8\n"}, {"input": "0\n", "output": "0\n"}],
    "official_tests_complete": True, "input_mode": "stdio", "generated_checker": None, "executable": True, "generated_tests": 0,
}  # fmt: skip
SUM_CHECKER = """
import sys
def numbers(path): return list(map(int, open(path).read().split()))
(total,), _, printed = map(numbers, sys.argv[1:4])
print(1 if len(printed) == 2 and sum(printed) == total else 0)
"""
SUM = {**DOUBLE, "id": "1/B", "description": "Print two ints with this sum.", "generated_checker": SUM_CHECKER, "examples": [{"input": "3\n", "output": "1 2\n"}], "official_tests": [{"input": "-7\n", "output": "0 -7\n"}]}  # fmt: skip


def posed(record: dict[str, Any], **knobs: Any) -> Task:
    (task,) = Codeforces(data=[record], **knobs).tasks()
    return task


def test_a_record_as_it_is_published() -> None:
    task = posed(DOUBLE)
    assert verigym.verify(task, "print(2 * int(input()))").reward == 1.0
    assert verigym.verify(task, "```python\nprint(2)\n```").status is Status.WRONG
    assert task.spec["public"] == 1
    assert len(task.spec["cases"]) == 3  # an example that is a test too is one case
    assert task.spec["limits"]["cpu_seconds"] == 1.0
    assert task.metadata == {"source": "1/A", "rating": 800}
    for words in (
        "# Twice",
        "Double a number.",
        "## Input\n\nOne int.",
        "Input:\n```\n1\n```",
        "Python 3",
    ):
        assert words in task.text
    assert "Interaction" not in task.text
    assert "-8" not in task.text


def test_a_generated_checker_rules() -> None:
    task = posed(SUM)
    assert verigym.verify(task, "n = int(input())\nprint(n - 5, 5)").reward == 1.0
    verdict = verigym.verify(task, "n = int(input())\nprint(1, 2 if n == 3 else 0)")
    assert (verdict.status, verdict.reward) == (Status.WRONG, 0.0)
    for hostile in (
        "print(1)\nopen('checker.py', 'w')",
        "print('1 0 0')",
        "print()",
        "import os; os._exit(0)",
    ):
        assert verigym.verify(task, hostile).reward == 0.0


def test_a_checker_that_breaks_on_the_output_is_no_reward() -> None:
    verdict = verigym.verify(posed(SUM), "print('x')")
    assert verdict.reward is None
    assert verdict.status is Status.VERIFIER_ERROR


def test_a_checker_and_an_interactor_of_ones_own() -> None:
    own = {**DOUBLE, "checker": {"source": "import sys; sys.exit(open(sys.argv[2]).read() != 'ok')"}}
    assert verigym.verify(posed(own), "print('ok', end='')").correct
    assert not verigym.verify(posed(own), "print(2 * int(input()))").correct
    interactor = "import sys\nprint(21, flush=True)\nsys.exit(sys.stdin.readline() != '42\\n')"
    talk = {**DOUBLE, "interaction_format": "Ask.", "interactor": {"source": interactor}}
    assert verigym.verify(posed(talk), "print(2 * int(input()))").correct
    assert verigym.verify(posed(talk), "print(21)").status is Status.WRONG


def test_time_and_memory_are_the_problems_with_a_factor() -> None:
    task = posed(DOUBLE, time_factor=3)
    assert task.spec["limits"]["cpu_seconds"] == 3.0
    assert task.spec["limits"]["memory_bytes"] == 256 << 20
    free = {**DOUBLE, "time_limit": None, "memory_limit": None}
    assert posed(free, timeout=2.5).spec["limits"]["cpu_seconds"] == 2.5


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"input_mode": "file"}, "only standard streams"),
        ({"interaction_format": "Ask."}, "no field 'interactor'"),
        ({"description": None}, "description"),
        ({"examples": [], "official_tests": None}, "cases is empty"),
        ({"official_tests": [{"input": "1"}]}, "has a test 0 without"),
        ({"official_tests": [{"input": "1", "output": 2}]}, "holds a int where text"),
        ({"official_tests": "x"}, "is a str"),
        ({"time_limit": -1}, "time_limit"),
        ({"time_limit": "1 s"}, "time_limit"),
        ({"memory_limit": 1e30}, "memory_limit"),
        ({"generated_checker": "def ("}, "not Python"),
        ({"generated_checker": 3}, "generated_checker"),
        ({"checker": "x"}, "checker"),
        ({"checker": {"source": "pass", "language": "java"}}, "language is java"),
    ],
)  # fmt: skip
def test_a_broken_record_is_named(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(FamilyError, match=r"record 0 \(1/A\).*" + why.replace("(", r"\(")):
        Codeforces(data=[{**DOUBLE, **changes}])
    family = Codeforces(data=[{**DOUBLE, **changes}, DOUBLE], skip_invalid=True)
    assert len(family.tasks()) == 1
    assert why.split()[0] in family.skipped[0]


@pytest.mark.parametrize("factor", [0, -1, "2", float("nan"), 1000])
def test_a_factor_that_makes_no_sense_is_refused(factor: Any) -> None:
    with pytest.raises(FamilyError, match="time_factor is"):
        Codeforces(data=[DOUBLE], time_factor=factor)


def test_its_null_answers_earn_nothing() -> None:
    family = Codeforces(data=[DOUBLE, SUM])
    for task in family.tasks():
        for null in family.null_answers(task):
            assert verigym.verify(task, null).reward in (0.0, None)
