"""A suite of tests as an answer: read from text, and which of its tests are valid.

A test is data: the arguments of a call and, where the task asks for it, what is expected. It is *valid*
when the function is meant to take the input (it is of the types that ordinary inputs have, allowed by
the task's contract, and the right program takes it, soon and without raising, and does the same twice),
when what is expected is what the right program gives back, and when it is there once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from verigym.errors import TaskError
from verigym.sandbox import Sandbox
from verigym.sandbox.inside import plain
from verigym.verifiers.answer import Malformed
from verigym.verifiers.compare import Rule, same_value
from verigym.verifiers.distinguish import read_json, read_tree
from verigym.verifiers.observe import MOST_TICKS, Kind, Outcome, call, observe
from verigym.verifiers.shape import fits

MAX_CHARS = 100_000


@dataclass(frozen=True)
class Test:
    """One test of a suite, as trees."""

    args: list[Any]
    expected: Any = None
    __test__ = False  # for pytest


@dataclass(frozen=True)
class Checked:
    """What the right program does on a suite."""

    reasons: list[str]
    """Why each test is not valid; empty where it is."""
    outcomes: list[Outcome]
    """What the right program does on each."""

    @property
    def valid(self) -> list[int]:
        """The places of the valid tests."""
        return [place for place, reason in enumerate(self.reasons) if not reason]


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


def check(
    spec: Mapping[str, Any],
    tests: Sequence[Test],
    rule: Rule,
    sandbox: Sandbox | None,
    watch: str | None = None,
) -> Checked:
    """Which tests are valid; ``watch`` as for :func:`verigym.verifiers.observe.observe`.

    Raises:
        TaskError: for a task whose contract does not load.
        SandboxError: when the sandbox fails.
    """
    one, two = (observed(spec, [spec["reference"]], tests, None, sandbox, watch)[0] for _ in range(2))
    allowed = _allowed(spec, tests, sandbox)
    reasons: list[str] = []
    seen: set[bytes] = set()
    for test, first, second, meant in zip(tests, one, two, allowed, strict=True):
        key = plain.dumps(test.args)
        reason = _invalid(spec, test, first, second, meant, rule)
        reasons.append(reason or ("" if key not in seen else "twice"))
        seen.add(key)
    return Checked(reasons, one)


def observed(
    spec: Mapping[str, Any],
    sources: Sequence[str],
    tests: Sequence[Test],
    ticks: Sequence[int] | None,
    sandbox: Sandbox | None,
    watch: str | None = None,
) -> list[list[Outcome]]:
    """What each program does on each test."""
    return observe(
        list(sources),
        spec["entry_point"],
        [call(test.args) for test in tests],
        ticks=ticks or [MOST_TICKS] * len(tests),
        sandbox=sandbox,
        packages=spec.get("packages", ()),
        watch=watch,
    )


def _allowed(spec: Mapping[str, Any], tests: Sequence[Test], sandbox: Sandbox | None) -> list[bool]:
    """What the task's contract says of each test."""
    if "contract" not in spec:
        return [True] * len(tests)
    told = {**spec, "entry_point": "contract"}
    (found,) = observed(told, [spec["contract"]], tests, None, sandbox)
    if any(one.kind is Kind.DEAD for one in found):
        raise TaskError("the task's contract does not load")
    return [one.value is True for one in found]


def _invalid(
    spec: Mapping[str, Any], test: Test, one: Outcome, two: Outcome, meant: bool, rule: Rule
) -> str:
    """Why a test is not valid; empty when it is."""
    values = [plain.decode(tree) for tree in test.args]
    if len(values) != len(spec["shapes"]) or not all(map(fits, values, spec["shapes"])):
        return "arguments of other types"
    if not meant:
        return "an input that the function is not meant to take"
    if one.kind is not Kind.VALUE or two.kind is not Kind.VALUE:
        return "an input that the function does not take"
    if not same_value(two.value, one.value, rule):
        return "not the same twice"
    if spec.get("predict") and not same_value(test.expected, one.value, rule):
        return "another value expected"
    return ""
