"""Judging a suite of inputs by coverage: which statements and outcomes of conditions do they reach?

The program is the task's own and shown to the policy; the answer is data. The inputs must be valid
(:mod:`verigym.verifiers.suite_answers`). The program runs on each in the sandbox, with calls put into
its syntax tree that note what is reached (:mod:`verigym.sandbox.inside.goals`). The goals were found
when the task was made: each is reached by some input, so all can be met.

The reward: 1 when the suite reaches every goal. Otherwise, when all inputs are valid, up to 0.5 for the
share reached beyond what random suites of as many inputs reach (``floor``). A suite with an invalid
input earns 0.

A task's ``spec``: ``entry_point``, ``reference`` (the program), ``goals`` (names), ``watch``
(``conditions`` or ``operands``), ``shapes``, ``compare``, ``packages``, ``most`` (inputs), ``floor``
and perhaps ``contract``.
"""

from __future__ import annotations

import json

from verigym.errors import TaskError
from verigym.sandbox import Sandbox
from verigym.task import Task
from verigym.verdict import Case, Status, Verdict, correct, failed, graded
from verigym.verifiers.answer import answer_in
from verigym.verifiers.base import Verifier
from verigym.verifiers.compare import VALUE_MODES, Rule
from verigym.verifiers.outcome import clip
from verigym.verifiers.suite_answers import check, read_suite

SHOWN = 5
"""Goals that feedback names."""


class CoverVerifier(Verifier):
    """Reward 1 for valid inputs that reach every goal; up to 0.5 for more than chance reaches."""

    name = "testgen.cover"
    waits = True

    def __init__(self, sandbox: Sandbox | None = None) -> None:
        self._sandbox = sandbox

    def judge(self, task: Task, answer: str) -> Verdict:
        spec = task.spec
        tests = read_suite(answer_in(answer), False, spec["most"])
        goals = list(spec["goals"])
        if not goals:
            raise TaskError("a task of coverage without a goal")
        rule = Rule.build(spec["compare"], VALUE_MODES)
        checked = check(spec, tests, rule, self._sandbox, spec["watch"])
        reached: set[str] = set()
        cases = []
        for place, test in enumerate(tests):
            reason, found = checked.reasons[place], set(checked.outcomes[place].reached)
            more = len(found.intersection(goals) - reached)
            reached |= set() if reason else found
            cases.append(
                Case(
                    "input",
                    Status.WRONG if reason else Status.CORRECT,
                    detail=reason or f"reaches {more} more",
                    input=clip(json.dumps(test.args)),
                    public=True,
                )
            )
        left = [goal for goal in goals if goal not in reached]
        valid, met = len(checked.valid), len(goals) - len(left)
        evidence = {
            "tests": len(tests), "valid": valid, "reached": met, "goals": len(goals), "left": left,
        }  # fmt: skip
        said = f"{valid} of {len(tests)} inputs are valid; they reach {met} of {len(goals)} goals."
        if left:
            more_left = f" and {len(left) - SHOWN} more" if len(left) > SHOWN else ""
            said += f" Not reached: {'; '.join(left[:SHOWN])}{more_left}."
        if valid < len(tests):
            return failed(Status.WRONG, said, cases=tuple(cases), evidence=evidence)
        if not left:
            return correct(said, cases=tuple(cases), evidence=evidence)
        floor = spec["floor"][len(tests) - 1]
        progress = (met / len(goals) - floor) / (1 - floor) if floor < 1 else 0.0
        return graded(progress, said, cases=tuple(cases), evidence=evidence)
