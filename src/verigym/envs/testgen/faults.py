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
from verigym.verifiers.observe import Kind, Outcome, observe
from verigym.verifiers.shape import Shape, shape_of
from verigym.verifiers.source import assemble, program_in

DRAWN = 40
"""Inputs that are tried beside those of the cases."""
KEPT = 20
"""Inputs that a task keeps, for baselines."""


@dataclass(frozen=True)
class Fault:
    """A faulty program, and what is known of it."""

    entry_point: str
    reference: str
    """The right program, written as the faulty one is, so that only the fault differs."""
    program: str
    kind: str
    """The mutation operator, or ``recorded``."""
    share: float
    """Of the inputs that were tried, how many show the fault."""
    known: Sequence[Any]
    """One of them, as trees."""
    inputs: Sequence[Sequence[Any]]
    """Some of those that were tried, as trees."""
    shapes: Sequence[Shape]
    """Of the arguments of the task's own cases."""
    compare: Mapping[str, Any]
    packages: Sequence[str]


def faults(task: Task, wrong: Sequence[str], each: int, rarity: float, seed: int) -> list[Fault]:
    """Up to ``each`` faulty programs for a function task with cases and a reference.

    Raises:
        FamilyError: when the task has none of these, or its reference is not usable.
        SandboxError: when the sandbox fails.
    """
    spec = task.spec
    if "cases" not in spec or not isinstance(spec.get("reference"), str):
        raise FamilyError("it needs cases that are data, and a reference")
    rule = Rule.build(spec["compare"], VALUE_MODES)
    reference = written("\n".join(assemble(spec, program_in(spec["reference"]) or "")))
    rng = random.Random(seeding.derive("faults", seed, reference, spec["entry_point"]))
    name, packages = spec["entry_point"], spec.get("packages", ())
    given = _given(spec)
    shapes = [shape_of(column) for column in zip(*given, strict=True)]
    drawn = _drawn(given, reference, rng)
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
    posed = []
    vectors = set()
    for mutant, row in _shuffled(rows, rng):
        hits = tuple(kill in (Kill.VALUE, Kill.RAISED) for kill in row)
        share = sum(hits) / len(hits)
        if not 0 < share <= rarity or hits in vectors:
            continue
        vectors.add(hits)
        found_out = Fault(
            entry_point=name,
            reference=reference,
            program=mutant.source,
            kind=mutant.operator,
            share=round(share, 4),
            known=calls[hits.index(True)]["args"],
            inputs=[call["args"] for call in calls[:KEPT]],
            shapes=shapes,
            compare=rule.to_json(),
            packages=tuple(packages),
        )
        posed.append(found_out)
        if len(posed) == each:
            break
    return posed


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
    calls = [{"args": args, "kwargs": plain.encode({})} for args in different.values()]
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


def _shuffled(items: Sequence[Any], rng: random.Random) -> list[Any]:
    left, found = list(items), []
    while left:
        found.append(left.pop(rng.randrange(len(left))))
    return found
