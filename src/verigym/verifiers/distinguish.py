"""Judging an input: does it tell a faulty program from the right one?

The answer is data, the arguments of one call, and nothing of it is run. Both programs are called on it
in the sandbox, each in a process of its own and each twice, so that an input on which a program does
not do the same twice (because it walks through a set, say) shows nothing. The input must be one that
the function is for: of the types that ordinary inputs have, and one that the right program takes
without raising, and soon. A program that only takes longer is not told apart by that.

A task's ``spec``: ``entry_point``; ``reference`` and ``program``, sources; ``shapes``, one for each
argument (:mod:`verigym.verifiers.shape`); ``compare``, a rule; ``packages``; and perhaps ``contract``,
the source of a function ``contract`` of the same arguments that is true of the inputs that are meant.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from verigym.errors import TaskError
from verigym.sandbox import Sandbox
from verigym.sandbox.inside import plain
from verigym.task import Task
from verigym.verdict import Case, Status, Verdict, correct, failed
from verigym.verifiers.answer import Malformed, answer_in
from verigym.verifiers.base import Verifier
from verigym.verifiers.compare import VALUE_MODES, Rule, same_value
from verigym.verifiers.observe import MOST_TICKS, Kind, Outcome, call, observe
from verigym.verifiers.outcome import clip
from verigym.verifiers.shape import fits

MAX_CHARS = 20_000
"""The longest input."""
SECONDS = 1.0
PATIENCE = 20
"""The faulty program may take so many times the steps of the right one, and a thousand more."""


class DistinguishVerifier(Verifier):
    """Reward 1 for an input on which the faulty program does something else than the right one."""

    name = "testgen.distinguish"
    waits = True

    def __init__(self, sandbox: Sandbox | None = None) -> None:
        self._sandbox = sandbox

    def judge(self, task: Task, answer: str) -> Verdict:
        args = read_arguments(answer_in(answer))
        spec = task.spec
        values, shapes = [plain.decode(tree) for tree in args], spec["shapes"]
        if len(values) != len(shapes) or not all(map(fits, values, shapes)):
            return failed(Status.WRONG, "The function is not meant to take arguments of such types.")
        if "contract" in spec:
            allowed = self._called(spec, spec["contract"], "contract", args, MOST_TICKS)
            if allowed.kind is Kind.DEAD:
                raise TaskError("the task's contract does not load")
            if allowed.value is not True:
                return failed(Status.WRONG, "The function is not meant to take that input.")
        rule = Rule.build(spec.get("compare", "strict"), VALUE_MODES)
        expected = self._twice(spec, "reference", args, rule, MOST_TICKS)
        if expected is None or expected.kind is not Kind.VALUE:
            return failed(Status.WRONG, "The function is not meant to take that input.")
        got = self._twice(spec, "program", args, rule, 1000 + PATIENCE * expected.ticks)
        case = _case(args, expected, got)
        if got is None:
            words = "The program does not do the same twice on that input."
        elif got.kind is Kind.OVERDUE:
            words = "The program only takes longer on that input."
        elif got.kind is Kind.VALUE and same_value(got.value, expected.value, rule):
            words = "On that input the program does what it should."
        else:
            return correct("That input shows the fault.", cases=(case,))
        return failed(Status.WRONG, words, cases=(case,))

    def _twice(
        self, spec: Mapping[str, Any], which: str, args: list[Any], rule: Rule, ticks: int
    ) -> Outcome | None:
        """What a program does; None when that is not the same twice."""
        one, two = (self._called(spec, spec[which], spec["entry_point"], args, ticks) for _ in range(2))
        if one.kind is not two.kind:
            return None
        if one.kind is Kind.VALUE:
            return one if same_value(two.value, one.value, rule) else None
        return one if one.value == two.value else None

    def _called(
        self, spec: Mapping[str, Any], source: str, name: str, args: list[Any], ticks: int
    ) -> Outcome:
        ((found,),) = observe(
            [source],
            name,
            [call(args)],
            ticks=[ticks],
            seconds=SECONDS,
            sandbox=self._sandbox,
            packages=spec.get("packages", ()),
        )
        return found


def read_arguments(text: str) -> list[Any]:
    """The arguments that a text states, as trees: one JSON array, in which ``{"tuple": [1, 2]}``,
    ``{"set": [1]}`` and ``{"dict": [[1, 2]]}`` stand for what JSON does not have.

    Raises:
        Malformed: when the text is anything else.
    """
    if len(text) > MAX_CHARS:
        raise Malformed(f"An input has at most {MAX_CHARS:,} characters.")
    args = read_json(text)
    if not isinstance(args, list):
        raise Malformed("An input is one JSON array, of the arguments of the call.")
    return [read_tree(tree) for tree in args]


def read_json(text: str) -> Any:
    """The one JSON value that a text is, without constants such as NaN and without repeated keys.

    Raises:
        Malformed: when it is anything else.
    """
    try:
        return json.loads(text, parse_constant=_refused, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise Malformed("The answer is to be one JSON array.") from None


def read_tree(tree: Any) -> Any:
    """A value as a tree in its one spelling, from JSON as a policy may write it.

    Raises:
        Malformed: when it is no plain data.
    """
    try:
        return plain.encode(plain.decode(tree))
    except (plain.NotPlain, RecursionError) as error:
        raise Malformed(f"The answer holds what is no plain data: {clip(error, 100)}") from None


def _refused(word: str) -> NoReturn:
    raise ValueError(word)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a key is given twice")
    return dict(pairs)


def _case(args: list[Any], expected: Outcome, got: Outcome | None) -> Case:
    def shown(outcome: Outcome | None) -> str:
        if outcome is None:
            return "not the same twice"
        if outcome.kind is Kind.VALUE:
            return clip(plain.dumps(outcome.value).decode())
        return f"{outcome.kind.value} {outcome.value or ''}".strip()

    given = clip(plain.dumps(args).decode())
    return Case("input", Status.CORRECT, input=given, got=shown(got), expected=shown(expected))
