"""A problem of the arena that is made by hand, so that every figure can be reckoned by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from verigym.arena.behaviour import Bench, Tried
from verigym.arena.play import Material
from verigym.arena.pools import Pools, Wrong
from verigym.arena.problem import Problem
from verigym.envs.code import function_task
from verigym.verifiers.compare import Rule

SAME = "def f(x):\n    return x"
ABOVE, ZERO, NEGATIVE = (
    "def f(x): return x + (x > 5)",
    "def f(x): return x if x else 1",
    "def f(x): return abs(x)",
)


def tried(*values: int) -> tuple[Tried, ...]:
    return tuple(Tried((x,), x, 2) for x in values)


def problem(**changes: Any) -> Problem:
    """f(x) == x over ints; the prompt shows f(1) and f(2)."""
    task = function_task("Write f(x): x. f(1) == 1", "f", cases=[((1,), 1), ((8,), 8)], reference=SAME)
    made = Problem(
        task=task, bench=Bench("f", Rule("strict")), reference=SAME, shapes=({"int": None},),
        examples=((1,),), samples=((1,), (8,)), seeds=tried(1), hidden=tried(-2, 0, 1, 3, 8),
        held=(ABOVE, ZERO, NEGATIVE), held_recorded=(), stock=(ABOVE, NEGATIVE), practice=(ZERO,),
    )  # fmt: skip
    return replace(made, **changes)


def pools(*programs: str, tests: tuple[Tried, ...] = tried(1)) -> Pools:
    """Pools with some tests and wrong answers that are alive."""
    roster = [Wrong(source, str(number)) for number, source in enumerate(programs)]
    return Pools(list(tests), [frozenset() for _ in tests], roster)


def two() -> list[Problem]:
    """Two problems that are ready at once."""
    above, below = "def f(x): return x + (x > 100)", "def f(x): return x if x > -3 else -3"
    task = function_task("Write f(x), once more.", "f", cases=[((1,), 1), ((8,), 8)], reference=SAME)
    other = problem(task=task, seeds=tried(0), stock=(above, below, ZERO), hidden=tried(-9, 0, 1, 200))
    return [problem(), other]


def materials() -> list[Material]:
    """Three small tasks whose mutants differ."""
    told = [
        ("clamp", "clamp(5, 1, 3) == 3", "def clamp(x, low, high):\n    if x < low:\n        return low\n"
         "    if x > high:\n        return high\n    return x\n",
         [((2, 1, 3), 2), ((0, 1, 3), 1), ((-4, -9, -2), -4)]),
        ("leap", "leap(2024) == True",
         "def leap(y):\n    return y % 4 == 0 and (y % 100 != 0 or y % 400 == 0)\n",
         [((2024,), True), ((1900,), False), ((2000,), True), ((1999,), False)]),
        ("second", "second([4, 1]) == 1",
         "def second(xs):\n    ys = sorted(set(xs))\n    return ys[-2] if len(ys) > 1 else None\n",
         [(([4, 1],), 1), (([3, 3],), None), (([1, 2, 3],), 2), (([],), None)]),
    ]  # fmt: skip
    return [
        Material(function_task(f"Write {name}: {text}", name, cases=cases, reference=source))
        for name, text, source, cases in told
    ]
