"""What the arena knows of a task before the first round, and what of it nobody may see.

Its faulty programs are dealt out (:mod:`verigym.arena.heaps`); of recorded wrong answers half are
held out, and half are the scripted solver's.

What is right is told by the task's own hidden tests and a hidden suite of generated inputs. It is used
to measure, and to say which answers are wrong; never for a reward of the solver's.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from verigym.arena.behaviour import LONG, SLOW, Bench, Tried, key_of
from verigym.arena.draws import shuffled, stream
from verigym.arena.heaps import dealt
from verigym.errors import SandboxError, UserError
from verigym.family import checked_verifier
from verigym.mutation.cases import literals
from verigym.mutation.examples import examples_in
from verigym.mutation.inputs import Generator, learnt
from verigym.mutation.mutants import parse
from verigym.sandbox import Sandbox
from verigym.sandbox.inside import plain
from verigym.task import Task
from verigym.verifiers.compare import VALUE_MODES, Rule
from verigym.verifiers.observe import MOST_TICKS
from verigym.verifiers.scoring import public_count
from verigym.verifiers.shape import Shape, shape_of
from verigym.verifiers.source import assemble, program_in

DRAWN = 60
"""Inputs of the hidden suite that are drawn beside those of the hidden tests."""
MOST_HIDDEN = 100
QUICK = 5_000
"""Steps that the reference may take on an input of the hidden suite, on which many programs run."""
MOST_EXAMPLES = 20


class Unfit(UserError):
    """The task cannot be played; the message says why."""


@dataclass(frozen=True)
class Problem:
    """A task, ready to be played."""

    task: Task
    bench: Bench
    reference: str
    """The right program, written as its mutants are."""
    shapes: tuple[Shape, ...]
    """Of the arguments: of which types they are."""
    examples: tuple[tuple[Any, ...], ...]
    """Inputs that the prompt shows, as values; both roles may see them."""
    samples: tuple[tuple[Any, ...], ...]
    """Known inputs as values, also those of hidden tests."""
    seeds: tuple[Tried, ...]
    """The examples as tests: what the pool begins with."""
    hidden: tuple[Tried, ...]
    """The hidden suite."""
    held: tuple[str, ...]
    """Held-out faults: mutants, which share an author."""
    held_recorded: tuple[str, ...]
    """Held-out recorded wrong answers."""
    stock: tuple[str, ...]
    """Faulty programs that a scripted solver answers with."""
    practice: tuple[str, ...]
    """Mutants that a scripted tester practises on."""
    right: tuple[str, ...] = ()
    """Further right programs; an input on which one differs has more than one right answer."""
    contract: str | None = None

    @property
    def faults(self) -> int:
        """How many faults are held out."""
        return len(self.held) + len(self.held_recorded)

    def program(self, answer: str) -> str | None:
        """The program that an answer is; None when it holds no code."""
        return program_of(self.task, answer)

    def fits_prompt(self) -> tuple[tuple[Any, ...], ...]:
        """Inputs to learn from: the shown ones, else what is known."""
        return self.examples or self.samples


def program_of(task: Task, answer: str) -> str | None:
    """One source of what a task's verifier would run of an answer; None when it holds no code."""
    code = program_in(answer)
    return None if code is None else "\n".join(assemble(task.spec, code))


def prepare(
    task: Task,
    *,
    wrong: Sequence[str] = (),
    right: Sequence[str] = (),
    contract: str | None = None,
    seed: int = 0,
    sandbox: Sandbox | None = None,
) -> Problem:
    """Make a task ready: a pure function of its arguments (and of the versions in a run's header).

    Args:
        task: a function task with a reference, of any family that judges functions by calls.
        wrong: recorded wrong answers; those that pass the hidden tests are not used.
        right: further right answers.
        contract: the source of a function ``contract`` of the same arguments that is true of the inputs
            that the function is meant to take.
        seed: of what is drawn.
        sandbox: where programs run; by default the shared one.

    Raises:
        Unfit: when the task cannot be played, with the reason.
        SandboxError: when the sandbox fails.
    """
    spec = task.spec
    if "entry_point" not in spec or "sizes" in spec or not ("cases" in spec or "tests" in spec):
        raise Unfit("it is no task of a function that is judged by calls")
    if not isinstance(spec.get("reference"), str):
        raise Unfit("it has no reference")
    verifier = checked_verifier(task)
    verdict = verifier.verify(task, spec["reference"])
    if verdict.reward is None:
        raise SandboxError(str(verdict.evidence.get("error", verdict.feedback))[:500])
    if not verdict.correct:
        raise Unfit(f"its reference fails its own tests: {verdict.status.value}")
    source = program_of(task, spec["reference"])
    try:
        reference = ast.unparse(parse(source or ""))
    except UserError as error:
        raise Unfit(f"its reference: {error}") from None
    bench = Bench(spec["entry_point"], _rule(task), tuple(spec.get("packages", ())), sandbox)
    rng = stream("problem", seed, task.id)
    examples, samples = _inputs(task)
    generator = Generator(rng, *literals(reference))
    schemas = learnt(samples)
    drawn = [tuple(generator.draw(schema) for schema in schemas) for _ in range(DRAWN)]
    if contract is not None:
        _check_contract(bench, contract, samples)
    known = _tried(bench, reference, samples, SLOW)
    hidden = list(_tried(bench, reference, [*samples, *drawn], QUICK).values())[:MOST_HIDDEN]
    if not hidden:
        raise Unfit("its reference fails on every input that was tried")
    seeds = [known[key] for args in examples if (key := _key(args)) in known]
    heaps = dealt(bench, reference, seeds, hidden, rng)
    recorded = shuffled(_wrong(task, wrong), rng)
    half = (len(recorded) + 1) // 2
    if not heaps.held and not half:
        raise Unfit("none of its faulty programs is shown by so few inputs as half of them")
    return Problem(
        task=task,
        bench=bench,
        reference=reference,
        shapes=tuple(shape_of(column) for column in zip(*samples, strict=True)),
        examples=examples,
        samples=samples,
        seeds=tuple(seeds),
        hidden=tuple(hidden),
        held=heaps.held,
        held_recorded=tuple(recorded[:half]),
        stock=(*heaps.stock, *recorded[half:]),
        practice=heaps.practice,
        right=tuple(one for answer in right if (one := program_of(task, answer)) is not None),
        contract=contract,
    )


def _check_contract(bench: Bench, contract: str, samples: Sequence[tuple[Any, ...]]) -> None:
    """Refuse a contract that does not load or that no known input keeps."""
    inputs = [[plain.encode(value) for value in args] for args in samples]
    (told,) = bench.seen([contract], inputs, [MOST_TICKS] * len(inputs), name="contract")
    if not any(one.value is True for one in told):
        raise Unfit("its contract does not load, or is true of none of the known inputs")


def _rule(task: Task) -> Rule:
    """The task's own rule; where that is Python's ``==``, floats may be rounded otherwise, since
    what is expected is what one program gives back.
    """
    rule = Rule.build(task.spec.get("compare", "equal"), VALUE_MODES)
    return Rule("close") if rule.mode == "equal" else rule


def _inputs(task: Task) -> tuple[tuple[tuple[Any, ...], ...], tuple[tuple[Any, ...], ...]]:
    """(shown inputs, all known ones), all with the same number of arguments.

    Raises:
        Unfit: when none is known, or they differ in it.
    """
    spec = task.spec
    cases = [
        tuple(plain.decode(tree) for tree in case["args"]) if not plain.decode(case["kwargs"]) else ()
        for case in spec.get("cases", ())
    ]
    shown = [args for args in [*examples_in(task.text, spec["entry_point"])[:MOST_EXAMPLES]] if args]
    public = [args for args in cases[: public_count(spec)] if args] if cases else []
    every = [args for args in cases if args]
    arity = len(every[0]) if every else len(shown[0]) if shown else 0
    if not arity:
        raise Unfit(
            "no input of it is known: it has no cases that are data, and its prompt shows no call"
        )
    if any(len(args) != arity for args in every):
        raise Unfit("its cases differ in their number of arguments")
    examples = _once([args for args in [*public, *shown] if len(args) == arity])
    return examples, _once([*examples, *every])


def _once(inputs: Sequence[tuple[Any, ...]]) -> tuple[tuple[Any, ...], ...]:
    found: dict[bytes, tuple[Any, ...]] = {}
    for args in inputs:
        try:
            found.setdefault(_key(args), args)
        except plain.NotPlain:
            continue
    return tuple(found.values())


def _key(args: Sequence[Any]) -> bytes:
    return key_of([plain.encode(value) for value in args])


def _tried(
    bench: Bench, reference: str, inputs: Sequence[tuple[Any, ...]], most: int
) -> dict[bytes, Tried]:
    """The inputs, each once, that the reference takes."""
    trees: dict[bytes, list[Any]] = {}
    for args in inputs:
        encoded = [plain.encode(value) for value in args]
        key = key_of(encoded)
        if len(key) <= LONG:
            trees.setdefault(key, encoded)
    found = bench.right(reference, list(trees.values()), most)
    return {key: one for key, one in zip(trees, found, strict=True) if one is not None}


def _wrong(task: Task, answers: Sequence[str]) -> list[str]:
    """The programs of recorded wrong answers that the task's own tests refuse, each once."""
    verifier = checked_verifier(task)
    found: dict[str, None] = {}
    for answer in answers:
        source = program_of(task, answer)
        if source is not None and verifier.verify(task, answer).reward == 0.0:
            found[source] = None
    return list(found)
