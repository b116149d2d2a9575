"""Methods, and objects that live in the candidate's process: what is right passes, and nothing else."""

from __future__ import annotations

import textwrap
from typing import Any

import pytest

import verigym
from verigym import Status, Task, Verdict
from verigym.envs.code import function_task


def task_of(entry_point: str, **options: Any) -> Task:
    limits = {"wall_seconds": 2.0}
    return function_task("Write it.", entry_point, timeout=1, limits=limits, **options)


def judge(task: Task, answer: str) -> Verdict:
    return verigym.verify(task, textwrap.dedent(answer))


# ------------------------------------------------------------------------------- Class.method

TWICE = (
    "def check(candidate):\n    _ = 0\n    assert candidate(2) == 4\n    assert candidate(n=-1) == -2\n"
)
METHODS = {
    "cases": task_of("Solution.twice", cases=[((2,), 4), {"args": [], "kwargs": {"n": -1}, "expected": -2}]),
    "tests": task_of("Solution.twice", tests=TWICE),
}  # fmt: skip


@pytest.mark.parametrize("task", METHODS.values(), ids=METHODS)
@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("class Solution:\n    def twice(self, n): return 2 * n", Status.CORRECT),
        ("class Base:\n    def twice(self, n): return 2 * n\nclass Solution(Base): pass", Status.CORRECT),
        ("class Solution:\n    @staticmethod\n    def twice(n): return 2 * n", Status.CORRECT),
        ("class Solution:\n    @classmethod\n    def twice(cls, n): return 2 * n", Status.CORRECT),
        ("class Solution:\n    def __init__(self): self.k = 2\n    def twice(self, n): return self.k * n", Status.CORRECT),
        ("class Solution:\n    used = 0\n    def twice(self, n):\n        self.used += 1\n        return 2 * n if self.used == 1 else 0", Status.CORRECT),
        ("class Solution:\n    def twice(self, n): return n", Status.WRONG),
        ("class Solution:\n    def twice(self, n): return self", Status.WRONG),
        ("class Solution:\n    def twice(self, n):\n        raise ValueError", Status.RUNTIME_ERROR),
        ("class Solution:\n    def __init__(self): raise SystemExit(0)\n    def twice(self, n): return 2 * n", Status.RUNTIME_ERROR),
        ("class Solution:\n    def __init__(self, k): self.k = k\n    def twice(self, n): return 2 * n", Status.RUNTIME_ERROR),
        ("class Solution:\n    def thrice(self, n): return 2 * n", Status.NO_ANSWER),
        ("class Solution:\n    twice = 2", Status.NO_ANSWER),
        ("Solution = 5", Status.NO_ANSWER),
        ("class M(type):\n    def __getattribute__(self, name): raise SystemExit(0)\nclass Solution(metaclass=M): pass", Status.RUNTIME_ERROR),
    ],
)  # fmt: skip
def test_a_method_is_called_on_a_new_object_each_time(
    task: Task, answer: str, expected: Status
) -> None:
    assert judge(task, answer).status is expected
