"""Judging a port: a program in another language that answers calls of a function, by standard streams.

A case's input is lines of JSON, one for each call; the program prints a line of JSON for each. What it
prints is compared by value (:mod:`verigym.verifiers.json_values`) with what the function gave in
Python, so neither the order of a set nor the spelling of a text or of a float matters.

A task's ``spec`` is one of :mod:`verigym.verifiers.stdio` whose cases have ``expected``, a list of
trees; ``compare`` holds the tolerances of floats.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from verigym.sandbox import Sandbox
from verigym.sandbox.inside import plain
from verigym.verdict import Status
from verigym.verifiers import outcome
from verigym.verifiers.compare import VALUE_MODES, Rule
from verigym.verifiers.json_values import line_of, meets, read
from verigym.verifiers.special import Ruling
from verigym.verifiers.stdio import RuleOn, StdioVerifier, printed


class PortVerifier(StdioVerifier):
    """Judging of a port by what it prints for lines of calls."""

    name = "spec/port"

    def _ruling(self, box: Sandbox, spec: Mapping[str, Any]) -> RuleOn:
        rule = Rule.build(spec["compare"], VALUE_MODES)
        return lambda case, build: printed(
            box,
            case,
            build,
            lambda output: _compared(output, case["expected"], case["input"], rule),
        )


def _compared(output: bytes, expected: Sequence[plain.Tree], calls: str, rule: Rule) -> Ruling:
    """The ruling on all lines; the judge's words quote the first that is wrong."""
    lines = output.rstrip(b" \t\r\n").split(b"\n", len(expected))
    inputs = calls.removesuffix("\n").split("\n")  # other ends of lines may stand in a text
    for number, (tree, call) in enumerate(zip(expected, inputs, strict=True), 1):
        if number > len(lines) or not lines[number - 1].strip():
            words = f"It printed no line for call {number} of {len(expected)}."
            return Status.WRONG, words, f"there is no line for {outcome.clip(call)}"
        try:
            met = meets(read(lines[number - 1], tree), tree, rule)
            why = ""
        except plain.NotPlain as error:
            met, why = False, f" ({error})"
        if not met:
            got = outcome.clip(lines[number - 1].decode("utf-8", "replace"))
            told = f"call {outcome.clip(call)}: got {got}{why}, expected {outcome.clip(line_of(tree))}"
            return Status.WRONG, f"What it printed for call {number} is wrong.", told
    if len(lines) > len(expected):
        return Status.WRONG, f"It printed more than a line for each of {len(expected)} calls.", ""
    return Status.CORRECT, "", ""
