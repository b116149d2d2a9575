"""Testers that need no model: what they give follows from the seed and from what they are shown."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from verigym.arena.behaviour import Tried, functional, key_of
from verigym.arena.draws import stream
from verigym.arena.players import Tester, TesterView
from verigym.arena.problem import Problem
from verigym.mutation.cases import literals
from verigym.mutation.inputs import Generator, learnt
from verigym.sandbox.inside import plain

CANDIDATES = 40
"""Inputs that the mutation-guided tester tries for each suite."""


class Random:
    """Draws inputs like the examples."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self._problems = {problem.task.id: problem for problem in problems}

    def __call__(self, view: TesterView) -> str:
        return json.dumps(_drawn(self._problems[view.task_id], view, view.most))


class Mutation:
    """Tries inputs on mutants of the reference that it may practise on, and on the wrong answers
    that it is shown; gives those that kill most of what the pool lets live.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        self._problems = {problem.task.id: problem for problem in problems}

    def __call__(self, view: TesterView) -> str:
        problem = self._problems[view.task_id]
        bench = problem.bench
        known = [test["args"] for test in view.tests]
        pool = [Tried(tuple(test["args"]), test["expected"], _TICKS) for test in view.tests]
        seen = {key_of(args) for args in known}
        drawn = [
            args
            for args in _drawn(problem, view, CANDIDATES, literate=True)
            if key_of(args) not in seen
        ]
        tries = [one for one in bench.right(problem.reference, drawn) if one is not None]
        tests = [*pool, *tries]
        rows = bench.together(problem.practice, tests)
        rows += [bench.apart(program, tests) for program in view.programs]
        hits = [
            [functional(bench.kill(test, got)) for test, got in zip(tests, row, strict=True)]
            for row in rows
        ]
        wanted = {i for i, row in enumerate(hits) if not any(row[: len(pool)])}
        chosen: list[list[Any]] = []
        left = list(range(len(tries)))
        while left and len(chosen) < view.most:
            columns = {
                place: {i for i, row in enumerate(hits) if row[len(pool) + place]} for place in left
            }
            best = max(left, key=lambda place: (len(columns[place] & wanted), len(columns[place])))
            left.remove(best)
            chosen.append(list(tries[best].args))
            wanted -= columns[best]
        return json.dumps(chosen or drawn[:1] or [_first(problem)])


_TICKS = 2_000
"""The steps of the right program on a test of the pool, which no view tells; a common number of
them.
"""


class Lazy:
    """Gives the same input in every round."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self._problems = {problem.task.id: problem for problem in problems}

    def __call__(self, view: TesterView) -> str:
        return json.dumps([_first(self._problems[view.task_id])])


class Hostile:
    """Tries to be paid for tests that are malformed, invalid, enormous, repeated or missing."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self._problems = {problem.task.id: problem for problem in problems}

    def __call__(self, view: TesterView) -> str:
        first = _first(self._problems[view.task_id])
        suites: Sequence[Any] = (
            [], [first] * view.most, [["no such type"] * len(first)], [[10**9] * len(first)],
            [[*first, 0]], [first] * (view.most + 1), [[[0] * 5000 for _ in first]], {"tests": [first]},
        )  # fmt: skip
        turn = view.round % (len(suites) + 2)
        if turn >= len(suites):
            return ("assert False", "[" * 60_000)[turn - len(suites)]
        return json.dumps(suites[turn])


def _drawn(problem: Problem, view: TesterView, count: int, literate: bool = False) -> list[list[Any]]:
    """Inputs like the examples, as trees; ``literate`` ones try what the reference writes down, too."""
    known = literals(problem.reference) if literate else ([], [])
    generator = Generator(stream("tests", view.seed), *known)
    schemas = learnt(problem.fits_prompt())
    drawn = [[generator.draw(schema) for schema in schemas] for _ in range(count)]
    return [[plain.encode(value) for value in args] for args in drawn]


def _first(problem: Problem) -> list[Any]:
    return [plain.encode(value) for value in problem.fits_prompt()[0]]


TESTERS: Mapping[str, tuple[type, str]] = {
    "random": (Random, "draws inputs like the examples"),
    "mutation": (Mutation, "tries inputs on mutants, and on the wrong answers that it is shown"),
    "lazy": (Lazy, "gives the same input in every round"),
    "hostile": (Hostile, "gives malformed, invalid, enormous, repeated and missing tests"),
}
"""Name -> the class of a scripted tester, made for problems, and what it does."""


def tester(name: str, problems: Sequence[Problem]) -> Tester:
    """The scripted tester of a name, ready to attack these problems."""
    return TESTERS[name][0](problems)  # type: ignore[no-any-return]
