"""A reference and inputs to try it on: those of a record's cases, and more like them."""

from __future__ import annotations

import ast
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from verigym import seeding
from verigym.envs.code.functions import function_record
from verigym.errors import FamilyError, UserError
from verigym.mutation.cases import literals
from verigym.mutation.inputs import Generator, learnt
from verigym.mutation.mutants import parse
from verigym.sandbox.inside import plain
from verigym.task import Task
from verigym.verifiers.compare import VALUE_MODES, Rule
from verigym.verifiers.observe import Kind, call, observe
from verigym.verifiers.shape import Shape, shape_of
from verigym.verifiers.source import assemble, program_in

DRAWN = 40
"""Inputs that are tried beside those of the cases."""


@dataclass(frozen=True)
class Pool:
    """A reference, and inputs that it takes."""

    task: Task
    """The function task that they are of."""
    entry_point: str
    reference: str
    """The right program, written as faulty ones are, so that only the fault differs."""
    calls: Sequence[Mapping[str, Any]]
    """The inputs, each once: first those of the cases."""
    given: int
    """How many of them are of the cases."""
    shapes: Sequence[Shape]
    """Of the arguments of the cases."""
    compare: Mapping[str, Any]
    packages: Sequence[str]
    rng: random.Random
    """What is left of the pool's randomness."""


def asked(record: Mapping[str, Any], where: str) -> tuple[Task, list[str], str | None]:
    """(function task, recorded wrong answers, source of the contract or None) of a record.

    Raises:
        FamilyError: for a malformed one.
    """
    rest = {name: value for name, value in record.items() if name not in ("wrong", "contract")}
    wrong, contract = record.get("wrong", []), record.get("contract")
    if not isinstance(wrong, list) or not all(isinstance(one, str) for one in wrong):
        raise FamilyError(f"{where}: field 'wrong' must be a list of answers")
    if contract is not None and not isinstance(contract, str):
        raise FamilyError(f"{where}: field 'contract' must be the source of a function")
    return function_record(rest, where), wrong, contract


def pooled(task: Task, seed: int, drawn: int = DRAWN, contract: str | None = None) -> Pool:
    """The inputs of a task's cases, and so many drawn ones, as far as its reference takes them.

    Raises:
        FamilyError: when the task has no cases or no reference, or that fails on all inputs.
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
    more = _drawn(given, reference, rng, drawn)
    own = {plain.dumps([plain.encode(value) for value in args]) for args in given}
    inputs = [[plain.encode(value) for value in args] for args in [*given, *more]]
    calls = _usable(inputs, reference, name, packages)
    if not calls:
        raise FamilyError("its reference fails on every input that was tried")
    if contract is not None:
        calls = _meant(calls, contract, packages)
        if not calls:
            raise FamilyError("its contract allows none of the inputs that were tried")
    return Pool(
        task=task,
        entry_point=name,
        reference=reference,
        calls=calls,
        given=sum(plain.dumps(list(one["args"])) in own for one in calls),
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


def shuffled(items: Sequence[Any], rng: random.Random) -> list[Any]:
    """The items in an order drawn by lot, the same with every version of Python."""
    left, found = list(items), []
    while left:
        found.append(left.pop(rng.randrange(len(left))))
    return found


def _given(spec: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    cases = [case["args"] for case in spec["cases"] if not plain.decode(case["kwargs"])]
    values = [tuple(plain.decode(tree) for tree in args) for args in cases]
    if not values or len(set(map(len, values))) != 1 or not values[0]:
        raise FamilyError("its cases must all call with the same number of positional arguments")
    return values


def _drawn(
    given: Sequence[tuple[Any, ...]], reference: str, rng: random.Random, count: int
) -> list[list[Any]]:
    ints, texts = literals(reference)
    generator, schemas = Generator(rng, ints, texts), learnt(given)
    return [[generator.draw(schema) for schema in schemas] for _ in range(count)]


def _usable(
    inputs: Sequence[list[Any]], reference: str, name: str, packages: Sequence[str]
) -> list[dict[str, Any]]:
    """The calls, each once, on which the reference gives back a value."""
    different = {plain.dumps(args): args for args in inputs}
    calls = [call(args) for args in different.values()]
    (own,) = observe([reference], name, calls, packages=packages)
    return [one for one, found in zip(calls, own, strict=True) if found.kind is Kind.VALUE]


def _meant(
    calls: Sequence[dict[str, Any]], contract: str, packages: Sequence[str]
) -> list[dict[str, Any]]:
    """The calls that a contract allows."""
    (found,) = observe([contract], "contract", calls, packages=packages)
    if any(one.kind is Kind.DEAD for one in found):
        raise FamilyError("its contract does not load")
    return [one for one, told in zip(calls, found, strict=True) if told.value is True]
