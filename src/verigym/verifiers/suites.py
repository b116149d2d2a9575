"""Judging a suite of tests: which faulty programs does it tell from the right one?

A test is data: the arguments of a call and, where the task asks for it, what is expected. It is *valid*
when the function is meant to take the input (:mod:`verigym.verifiers.distinguish`) and what is expected
is what the right program gives back; a suite with an invalid test would refuse right programs, so it is
never a full success. A faulty program is *killed* when on a valid test it gives back something else, or
raises; taking longer kills nothing. As tests are data, none of them can look at the program that it
tests, print, or stop the judge.

The reward: 1 when all tests are valid and all faulty programs are killed. Otherwise, when all tests are
valid, up to 0.5 for the share killed beyond what random suites of as many tests kill (``floor``, found
when the task was made). The evidence has what other definitions would give for the same suite:

* ``utrl``: 0.85 for each program killed, as a share, 0.05 for valid tests over max(12, tests), 0.1 for
  the format (arXiv 2508.21107);
* ``cure``: the mean over tests of the share of faulty programs that a valid one kills, and minus the
  share that an invalid one lets pass (arXiv 2506.03136);
* ``code_a1``: half of min(valid / 8, 1 - invalid / 8), cut to [0, 1], and half of the tests that kill,
  over 8, averaged over the faulty programs (arXiv 2603.15611);
* ``marginal``: the share of tests that kill what no test before them does (as arXiv 2603.01409 pays).

A task's ``spec``: ``entry_point``, ``reference``, ``programs`` (sources of faulty ones; of one author),
``recorded`` (others, each observed alone), ``shapes``, ``compare``, ``packages``, ``most`` (tests),
``predict`` (whether tests say what is expected) and ``floor``: for each number of tests up to ``most``,
the share that random suites kill.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from verigym.errors import TaskError
from verigym.sandbox import Sandbox
from verigym.sandbox.inside import plain
from verigym.task import Task
from verigym.verdict import Case, Status, Verdict, correct, failed, graded
from verigym.verifiers.answer import Malformed, answer_in
from verigym.verifiers.base import Verifier
from verigym.verifiers.compare import VALUE_MODES, Rule, same_value
from verigym.verifiers.distinguish import read_json, read_tree
from verigym.verifiers.observe import MOST_TICKS, Kind, Outcome, call, observe
from verigym.verifiers.outcome import clip
from verigym.verifiers.shape import fits

MAX_CHARS = 100_000
TAU = 12
"""UTRL's least denominator of validity."""
A1 = 8
"""Code-A1's number of tests."""


@dataclass(frozen=True)
class Test:
    """One test of a suite, as trees."""

    args: list[Any]
    expected: Any = None
    __test__ = False  # for pytest


class SuiteVerifier(Verifier):
    """Reward 1 for valid tests that kill every faulty program; up to 0.5 for more than chance kills."""

    name = "testgen.tests"
    waits = True

    def __init__(self, sandbox: Sandbox | None = None) -> None:
        self._sandbox = sandbox

    def judge(self, task: Task, answer: str) -> Verdict:
        spec = task.spec
        tests = read_suite(answer_in(answer), bool(spec["predict"]), spec["most"])
        rule = Rule.build(spec["compare"], VALUE_MODES)
        reasons, own = self._validity(spec, tests, rule)
        kills = self._kills(spec, tests, own, reasons, rule)
        total = len(spec["programs"]) + len(spec["recorded"])
        if not total:
            raise TaskError("a task of tests without a faulty program")
        valid = [i for i, reason in enumerate(reasons) if not reason]
        killed = set().union(*(kills[i] for i in valid)) if valid else set()
        evidence = {
            "tests": len(tests), "valid": len(valid), "killed": len(killed), "programs": total,
            "rewards": _rewards(kills, reasons, total),
        }  # fmt: skip
        cases = tuple(_case(*found) for found in zip(tests, reasons, kills, strict=True))
        said = (
            f"{len(valid)} of {len(tests)} tests are valid; they find {len(killed)} of {total} faults."
        )
        if len(valid) < len(tests):
            return failed(Status.WRONG, said, cases=cases, evidence=evidence)
        if len(killed) == total:
            return correct(said, cases=cases, evidence=evidence)
        floor = spec["floor"][len(tests) - 1]
        progress = (len(killed) / total - floor) / (1 - floor) if floor < 1 else 0.0
        return graded(progress, said, cases=cases, evidence=evidence)

    def _validity(
        self, spec: Mapping[str, Any], tests: Sequence[Test], rule: Rule
    ) -> tuple[list[str], list[Outcome]]:
        """Why each test is not valid (empty where it is), and what the right program does."""
        one, two = (self._observed(spec, [spec["reference"]], tests, None)[0] for _ in range(2))
        reasons = []
        seen: set[bytes] = set()
        for test, first, second in zip(tests, one, two, strict=True):
            key = plain.dumps(test.args)
            reasons.append(
                _invalid(spec, test, first, second, rule) or ("" if key not in seen else "twice")
            )
            seen.add(key)
        return reasons, one

    def _kills(
        self,
        spec: Mapping[str, Any],
        tests: Sequence[Test],
        own: Sequence[Outcome],
        reasons: Sequence[str],
        rule: Rule,
    ) -> list[set[int]]:
        """For each test the faulty programs that it kills; for an invalid one, those that fail it."""
        ticks = [1000 + 20 * one.ticks for one in own]
        rows = self._observed(spec, spec["programs"], tests, ticks)
        for source in spec["recorded"]:
            rows += self._observed(spec, [source], tests, ticks)
        kills: list[set[int]] = [set() for _ in tests]
        for number, row in enumerate(rows):
            for place, (test, right, got) in enumerate(zip(tests, own, row, strict=True)):
                if right.kind is not Kind.VALUE:
                    continue  # nothing is known of what should be
                expected = test.expected if spec["predict"] else right.value
                same = got.kind is Kind.VALUE and same_value(got.value, expected, rule)
                if not same and got.kind is not Kind.OVERDUE:
                    kills[place].add(number)
        return kills

    def _observed(
        self,
        spec: Mapping[str, Any],
        sources: Sequence[str],
        tests: Sequence[Test],
        ticks: Sequence[int] | None,
    ) -> list[list[Outcome]]:
        calls = [call(test.args) for test in tests]
        return observe(
            list(sources),
            spec["entry_point"],
            calls,
            ticks=ticks or [MOST_TICKS] * len(calls),
            sandbox=self._sandbox,
            packages=spec.get("packages", ()),
        )


def read_suite(text: str, predict: bool, most: int) -> list[Test]:
    """The tests that a text states: a JSON array of arrays of arguments or, where what is expected is
    to be predicted, of ``{"args": [...], "expected": ...}``.

    Raises:
        Malformed: when the text is anything else, or states no test or too many.
    """
    if len(text) > MAX_CHARS:
        raise Malformed(f"A suite has at most {MAX_CHARS:,} characters.")
    found = read_json(text)
    if not isinstance(found, list) or not 1 <= len(found) <= most:
        raise Malformed(f"A suite is one JSON array of 1 to {most} tests.")
    if not predict:
        if not all(isinstance(args, list) for args in found):
            raise Malformed("Each test is an array, of the arguments of the call.")
        return [Test([read_tree(value) for value in args]) for args in found]
    tests = []
    for one in found:
        if (
            not isinstance(one, dict)
            or set(one) != {"args", "expected"}
            or type(one["args"]) is not list
        ):
            raise Malformed('Each test is an object with "args", an array, and "expected".')
        tests.append(Test([read_tree(value) for value in one["args"]], read_tree(one["expected"])))
    return tests


def _invalid(spec: Mapping[str, Any], test: Test, one: Outcome, two: Outcome, rule: Rule) -> str:
    """Why a test is not valid; empty when it is."""
    values = [plain.decode(tree) for tree in test.args]
    if len(values) != len(spec["shapes"]) or not all(map(fits, values, spec["shapes"])):
        return "arguments of other types"
    if one.kind is not Kind.VALUE or two.kind is not Kind.VALUE:
        return "an input that the function does not take"
    if not same_value(two.value, one.value, rule):
        return "not the same twice"
    if spec["predict"] and not same_value(test.expected, one.value, rule):
        return "another value expected"
    return ""


def _rewards(kills: Sequence[set[int]], reasons: Sequence[str], total: int) -> dict[str, float]:
    """What the definitions of others would give."""
    valid = [kill for kill, reason in zip(kills, reasons, strict=True) if not reason]
    invalid = len(kills) - len(valid)
    killed: set[int] = set()
    marginal = 0
    for kill in valid:
        marginal += bool(kill - killed)
        killed |= kill
    cure = [
        len(kill) / total if not reason else -(total - len(kill)) / total
        for kill, reason in zip(kills, reasons, strict=True)
    ]
    validity = min(max(min(len(valid) / A1, 1 - invalid / A1), 0.0), 1.0)
    attack = (
        sum(min(sum(number in kill for kill in valid) / A1, 1.0) for number in range(total)) / total
    )
    rewards = {
        "utrl": 0.85 * len(killed) / total + 0.05 * len(valid) / max(TAU, len(kills)) + 0.1,
        "cure": sum(cure) / len(cure),
        "code_a1": 0.5 * validity + 0.5 * attack,
        "marginal": marginal / len(kills),
    }
    return {name: round(value, 6) for name, value in rewards.items()}


def _case(test: Test, reason: str, kills: set[int]) -> Case:
    status = Status.WRONG if reason else Status.CORRECT
    given = clip(json.dumps(test.args))
    return Case("test", status, detail=reason or f"kills {len(kills)}", input=given, public=True)
