"""Faulty programs to be found out: mutants of a reference that few inputs kill, and recorded wrong
answers.

For each reference the inputs of its cases, and more like them, are tried on all of its mutants, in the
sandbox. A mutant that most inputs kill is found by any input; so those are posed that at most a share
of the inputs kill (``rarity``), and at least one, which is kept as the reference answer.
"""

from __future__ import annotations

import ast
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from verigym import seeding
from verigym.errors import FamilyError, UserError
from verigym.mutation.cases import literals
from verigym.mutation.inputs import Generator, learnt
from verigym.mutation.kills import Kill, Matrix, allowed, killed, matrix
from verigym.mutation.mutants import Mutant, parse
from verigym.sandbox.inside import plain
from verigym.task import Task
from verigym.verifiers.compare import VALUE_MODES, Rule
from verigym.verifiers.observe import Kind, Outcome, call, observe
from verigym.verifiers.shape import Shape, shape_of
from verigym.verifiers.source import assemble, program_in

DRAWN = 40
"""Inputs that are tried beside those of the cases."""


@dataclass(frozen=True)
class Trial:
    """What the inputs that were tried show of a reference's faulty programs."""

    task: Task
    """The function task that they are of."""
    entry_point: str
    reference: str
    """The right program, written as the faulty ones are, so that only the fault differs."""
    calls: Sequence[Mapping[str, Any]]
    """The inputs, each once: first those of the cases."""
    given: int
    """How many of them are of the cases."""
    expected: Sequence[Any]
    """What the reference gives back, as trees."""
    rows: Sequence[tuple[Mutant, tuple[bool, ...]]]
    """Each faulty program and, by input, whether that shows its fault; in an order drawn by lot. The
    operator of those that are recorded is ``recorded``."""
    shapes: Sequence[Shape]
    """Of the arguments of the cases."""
    compare: Mapping[str, Any]
    packages: Sequence[str]
    rng: random.Random
    """What is left of the trial's randomness."""


@dataclass(frozen=True)
class Fault:
    """A faulty program, and what is known of it."""

    program: str
    kind: str
    """The mutation operator, or ``recorded``."""
    share: float
    """Of the inputs that were tried, how many show the fault."""
    known: Sequence[Any]
    """One of them, as trees."""


def faults(trial: Trial, each: int, rarity: float) -> list[Fault]:
    """Up to ``each`` faulty programs of a trial that at most a share of the inputs show."""
    found: dict[tuple[bool, ...], Fault] = {}
    for mutant, hits in trial.rows:
        share = sum(hits) / len(hits)
        if 0 < share <= rarity and hits not in found and len(found) < each:
            known = trial.calls[hits.index(True)]["args"]
            found[hits] = Fault(mutant.source, mutant.operator, round(share, 4), known)
    return list(found.values())


def tried(task: Task, wrong: Sequence[str], seed: int) -> Trial:
    """Try inputs on all mutants of a function task's reference, and on recorded wrong answers.

    Raises:
        FamilyError: when the task has no cases or no reference, or that is not usable.
        SandboxError: when the sandbox fails.
    """
    spec = task.spec
    if not isinstance(wrong, list | tuple) or not all(isinstance(one, str) for one in wrong):
        raise FamilyError("field 'wrong' must be a list of answers")
    if "cases" not in spec or not isinstance(spec.get("reference"), str):
        raise FamilyError("it needs cases that are data, and a reference")
    rule = Rule.build(spec["compare"], VALUE_MODES)
    reference = written("\n".join(assemble(spec, program_in(spec["reference"]) or "")))
    rng = random.Random(seeding.derive("faults", seed, reference, spec["entry_point"]))
    name, packages = spec["entry_point"], spec.get("packages", ())
    given = _given(spec)
    drawn = _drawn(given, reference, rng)
    own = {plain.dumps([plain.encode(value) for value in args]) for args in given}
    inputs = [[plain.encode(value) for value in args] for args in [*given, *drawn]]
    calls = _usable(inputs, reference, name, packages)
    if not calls:
        raise FamilyError("its reference fails on every input that was tried")
    try:
        found = matrix(reference, name, calls, rule=rule, packages=packages)
    except UserError as error:
        raise FamilyError(str(error)) from None
    rows = [(mutant, row) for mutant, row in zip(found.mutants, found.kills, strict=True)]
    rows += _recorded(spec, wrong, name, calls, found, rule)
    return Trial(
        task=task,
        entry_point=name,
        reference=reference,
        calls=calls,
        given=sum(plain.dumps(list(call["args"])) in own for call in calls),
        expected=found.expected,
        rows=shuffled(
            [(one, tuple(kill in (Kill.VALUE, Kill.RAISED) for kill in row)) for one, row in rows], rng
        ),
        shapes=[shape_of(column) for column in zip(*given, strict=True)],
        compare=rule.to_json(),
        packages=tuple(packages),
        rng=rng,
    )


def written(source: str) -> str:
    """The source as mutants are written: without comments, in one layout.

    Raises:
        FamilyError: when it does not parse.
    """
    try:
        return ast.unparse(parse(source))
    except UserError as error:
        raise FamilyError(f"its reference {error}") from None


def _given(spec: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    cases = [case["args"] for case in spec["cases"] if not plain.decode(case["kwargs"])]
    values = [tuple(plain.decode(tree) for tree in args) for args in cases]
    if not values or len(set(map(len, values))) != 1 or not values[0]:
        raise FamilyError("its cases must all call with the same number of positional arguments")
    return values


def _drawn(given: Sequence[tuple[Any, ...]], reference: str, rng: random.Random) -> list[list[Any]]:
    ints, texts = literals(reference)
    generator, schemas = Generator(rng, ints, texts), learnt(given)
    return [[generator.draw(schema) for schema in schemas] for _ in range(DRAWN)]


def _usable(
    inputs: Sequence[list[Any]], reference: str, name: str, packages: Sequence[str]
) -> list[dict[str, Any]]:
    """The calls, each once, on which the reference gives back a value."""
    different = {plain.dumps(args): args for args in inputs}
    calls = [call(args) for args in different.values()]
    (own,) = observe([reference], name, calls, packages=packages)
    return [call for call, one in zip(calls, own, strict=True) if one.kind is Kind.VALUE]


def _recorded(
    spec: Mapping[str, Any],
    wrong: Sequence[str],
    name: str,
    calls: Sequence[dict[str, Any]],
    found: Matrix,
    rule: Rule,
) -> list[tuple[Mutant, tuple[Kill | None, ...]]]:
    """Recorded wrong answers as if they were mutants, each observed alone."""
    rows = []
    for answer in wrong:
        source = "\n".join(assemble(spec, program_in(answer) or ""))
        ticks = [allowed(10_000)] * len(calls)
        (got,) = observe([source], name, calls, ticks=ticks, packages=spec.get("packages", ()))
        expected = [Outcome(Kind.VALUE, tree) for tree in found.expected]
        row = tuple(killed(one, other, rule) for one, other in zip(expected, got, strict=True))
        rows.append((Mutant("recorded", 1, source), row))
    return rows


def shuffled(items: Sequence[Any], rng: random.Random) -> list[Any]:
    """The items in an order drawn by lot, the same with every version of Python."""
    left, found = list(items), []
    while left:
        found.append(left.pop(rng.randrange(len(left))))
    return found
