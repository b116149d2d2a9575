"""Judging a suite of tests: which faulty programs does it tell from the right one?

A test is data and must be valid (:mod:`verigym.verifiers.suite_answers`); a suite with an invalid test
would refuse right programs, so it is never a full success. A faulty program is *killed* when on a valid
test it gives back something else, or raises. Taking longer kills nothing; programs that the suite only
slows down are counted apart (``overdue``). As tests are data, none of them can look at the program that
it tests, print, or stop the judge.

A full success is a valid suite that kills every faulty program; what is paid for less is said in
:mod:`verigym.verifiers.suite_rewards`.

A task's ``spec``: ``entry_point``, ``reference``, ``programs`` (sources of faulty ones; of one author),
``recorded`` (others, each observed alone), ``shapes``, ``compare``, ``packages``, ``most`` (tests),
``predict`` (whether tests say what is expected), ``floor``: for each number of tests up to ``most``,
the share that random suites kill; and perhaps ``contract`` and ``reward``. With ``form`` ``code`` the
suite is test code (:mod:`verigym.verifiers.code_suites`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from verigym.errors import TaskError
from verigym.sandbox import Sandbox
from verigym.task import Task
from verigym.verdict import Case, Status, Verdict
from verigym.verifiers import code_suites
from verigym.verifiers.answer import answer_in
from verigym.verifiers.base import Verifier
from verigym.verifiers.compare import VALUE_MODES, Rule, same_value
from verigym.verifiers.observe import Kind, Outcome, allowed
from verigym.verifiers.outcome import clip
from verigym.verifiers.suite_answers import Test, check, observed, read_suite
from verigym.verifiers.suite_rewards import EXACT, rewards, verdict_of

__all__ = ["CODE", "DATA", "SuiteVerifier", "read_suite"]

DATA, CODE = "data", "code"
"""What form a suite has."""


class SuiteVerifier(Verifier):
    """Reward 1 for valid tests that kill every faulty program; up to 0.5 for more than chance kills."""

    name = "testgen.tests"
    waits = True

    def __init__(self, sandbox: Sandbox | None = None) -> None:
        self._sandbox = sandbox

    def judge(self, task: Task, answer: str) -> Verdict:
        spec = task.spec
        if spec.get("form", DATA) == CODE:
            return code_suites.judge(spec, answer, self._sandbox)
        tests = read_suite(answer_in(answer), bool(spec["predict"]), spec["most"])
        rule = Rule.build(spec["compare"], VALUE_MODES)
        total = len(spec["programs"]) + len(spec["recorded"])
        if not total:
            raise TaskError("a task of tests without a faulty program")
        checked = check(spec, tests, rule, self._sandbox)
        kills, slowed = self._kills(spec, tests, checked.outcomes, rule)
        killed = set().union(*(kills[place] for place in checked.valid))
        late = set().union(*(slowed[place] for place in checked.valid)) - killed
        valid = [not reason for reason in checked.reasons]
        evidence = {
            "tests": len(tests), "valid": sum(valid), "killed": len(killed), "overdue": len(late),
            "programs": total, "rewards": rewards(kills, valid, total),
        }  # fmt: skip
        cases = tuple(_case(*found) for found in zip(tests, checked.reasons, kills, strict=True))
        said = (
            f"{sum(valid)} of {len(tests)} tests are valid; they find {len(killed)} of {total} faults."
        )
        return verdict_of(
            spec.get("reward", EXACT),
            len(killed) / total,
            spec["floor"][len(tests) - 1],
            all(valid),
            said,
            {"cases": cases, "evidence": evidence},
        )

    def _kills(
        self, spec: Mapping[str, Any], tests: Sequence[Test], own: Sequence[Outcome], rule: Rule
    ) -> tuple[list[set[int]], list[set[int]]]:
        """For each test the faulty programs that it kills (for an invalid one, those that fail it), and
        those that take too long on it.
        """
        ticks = [allowed(one.ticks) for one in own]
        rows = observed(spec, spec["programs"], tests, ticks, self._sandbox)
        for source in spec["recorded"]:
            rows += observed(spec, [source], tests, ticks, self._sandbox)
        kills: list[set[int]] = [set() for _ in tests]
        slowed: list[set[int]] = [set() for _ in tests]
        for number, row in enumerate(rows):
            for place, (test, right, got) in enumerate(zip(tests, own, row, strict=True)):
                if right.kind is not Kind.VALUE:
                    continue  # nothing is known of what should be
                expected = test.expected if spec["predict"] else right.value
                if got.kind is Kind.OVERDUE:
                    slowed[place].add(number)
                elif got.kind is not Kind.VALUE or not same_value(got.value, expected, rule):
                    kills[place].add(number)
        return kills, slowed


def _case(test: Test, reason: str, kills: set[int]) -> Case:
    status = Status.WRONG if reason else Status.CORRECT
    given = clip(json.dumps(test.args))
    return Case("test", status, detail=reason or f"kills {len(kills)}", input=given, public=True)
