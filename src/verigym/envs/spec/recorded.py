"""What a reference gives on drawn inputs, recorded once: judging runs neither it nor Hypothesis.

Inputs are drawn from a spec's strategies (:mod:`verigym.sandbox.inside.drawing`); the reference is
called on them twice, the second time in the opposite order, so that one whose result depends on chance,
or on what it was asked before, is found out. All of it is foreign code and runs in the sandbox.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from verigym.errors import TaskError
from verigym.sandbox import Limits, Sandbox, shared
from verigym.sandbox.inside import plain
from verigym.sandbox.inside.drawing import DRAW
from verigym.verifiers import outcome, tables
from verigym.verifiers.compare import Rule, same_value
from verigym.verifiers.observe import Kind, Outcome, call, observe

MOST_EXAMPLES = 2000
LEAST_EXAMPLES = 5
"""Fewer inputs that the reference takes make no test."""
SECONDS = 0.5
"""Processor time that a reference may take for one call."""
DRAWING = Limits(
    cpu_seconds=30, wall_seconds=300, memory_bytes=1 << 30, result_bytes=64 << 20, file_bytes=64 << 20
)

Trees = tuple[plain.Tree, ...]
_STRICT = Rule("strict")


@dataclass(frozen=True)
class Recording:
    """Inputs that a reference takes, and what it gives for them."""

    args: tuple[Trees, ...]
    """The arguments of each call."""
    values: Trees
    refused: int
    """How many of the drawn inputs the reference raised on; they do not count."""

    def calls(self) -> list[tuple[list[Any], Any]]:
        """(arguments, result) of each call, as values."""
        return [
            ([plain.decode(tree) for tree in args], plain.decode(value))
            for args, value in zip(self.args, self.values, strict=True)
        ]


def recorded(
    spec: str,
    reference: str,
    entry_point: str,
    seed: int,
    count: int,
    packages: Sequence[str] = (),
    sandbox: Sandbox | None = None,
) -> Recording:
    """The recording of a reference.

    Args:
        spec: source of a module with ``STRATEGIES``.
        reference: source that defines the function.
        entry_point: its name, or ``Class.method``.
        seed: of the examples; the same for the same examples.
        count: how many Hypothesis tries, of which some are the same.
        packages: installed packages that the spec and the reference may import.
        sandbox: where it runs; by default the shared one.

    Raises:
        TaskError: when the strategies draw nothing, or not plain data; when the reference does not load
            or end, is not deterministic, gives what is not plain data, or takes fewer than
            ``LEAST_EXAMPLES`` of the inputs; when it gives the same for all.
        SandboxError: when the sandbox fails, or lacks Hypothesis.
    """
    if type(count) is not int or not LEAST_EXAMPLES <= count <= MOST_EXAMPLES:
        raise TaskError(
            f"examples is {count!r}; it must be an int from {LEAST_EXAMPLES} to {MOST_EXAMPLES}"
        )
    return _recorded(spec, reference, entry_point, seed, count, tuple(packages), sandbox or shared())


@functools.lru_cache(maxsize=256)
def _recorded(
    spec: str,
    reference: str,
    entry_point: str,
    seed: int,
    count: int,
    packages: tuple[str, ...],
    box: Sandbox,
) -> Recording:
    job = {"source": spec, "reference": reference, "seed": seed, "count": count}
    drawn = _drawn(box, job, packages)
    calls = [call(args) for args in drawn]

    def observed(some: list[dict[str, Any]]) -> list[Outcome]:
        return observe([reference], entry_point, some, seconds=SECONDS, sandbox=box, packages=packages)[
            0
        ]

    there, back = observed(calls), observed(calls[::-1])[::-1]
    kept: list[tuple[Trees, plain.Tree]] = []
    for args, one, two in zip(drawn, there, back, strict=True):
        _check(args, one, two)
        if one.kind is Kind.VALUE:
            kept.append((tuple(args), one.value))
    if len(kept) < LEAST_EXAMPLES:
        raise TaskError(
            f"the reference takes {len(kept)} of {len(drawn)} drawn inputs and raises on the others; "
            f"at least {LEAST_EXAMPLES} are needed: draw what it is meant to take"
        )
    values = tuple(value for _, value in kept)
    if all(plain.dumps(value) == plain.dumps(values[0]) for value in values):
        raise TaskError("the reference gives the same for every drawn input: a constant would be right")
    if all(args and plain.dumps(args[0]) == plain.dumps(value) for args, value in kept):
        raise TaskError("the reference gives back every drawn input: an echo would be right")
    return Recording(tuple(args for args, _ in kept), values, len(drawn) - len(kept))


def _drawn(box: Sandbox, job: Mapping[str, Any], packages: tuple[str, ...]) -> list[list[plain.Tree]]:
    done = box.run(tables.program(box, DRAW, json.dumps(job).encode(), packages), DRAWING)
    try:
        said = plain.loads(done.result or b"")
    except plain.NotPlain:
        ended = outcome.of_execution(done)
        raise TaskError(
            f"drawing from the spec's strategies failed. {ended[1] if ended else ''} "
            f"{done.stderr[-300:].decode('utf-8', 'replace')}".strip()
        ) from None
    if "error" in said:
        raise TaskError(f"drawing from the spec's strategies failed: {outcome.clip(said['error'])}")
    found: list[list[plain.Tree]] = said["examples"]
    if any(len(plain.dumps(args)) > plain.MAX_BYTES // 8 for args in found):
        raise TaskError("the spec's strategies draw inputs of more than a megabyte: bound their sizes")
    return found


def _check(args: Sequence[plain.Tree], one: Outcome, two: Outcome) -> None:
    """Refuse a reference that cannot be the measure of answers."""
    for found in (one, two):
        if found.kind not in (Kind.VALUE, Kind.RAISED):
            raise TaskError(f"the reference {_FAULTS[found.kind]}: {_shown(args)}")
    same = one.kind is two.kind and (
        same_value(two.value, one.value, _STRICT) if one.kind is Kind.VALUE else one.value == two.value
    )
    if not same:
        raise TaskError(f"the reference does not do the same when it is asked again: {_shown(args)}")


_FAULTS = {
    Kind.OVERDUE: "does not end soon",
    Kind.UNPLAIN: "gives what is not plain data, or too much of it",
    Kind.DEAD: "does not load, does not define the function, or ends the process",
}


def _shown(args: Sequence[plain.Tree]) -> str:
    return outcome.clip(f"called on {plain.dumps(list(args)).decode()}", 200)
