"""Hardening whole tasks: what a task says of its function, and the stronger task made of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from verigym.envs.code.floor import floor_of_values
from verigym.envs.code.score import scored
from verigym.errors import UserError
from verigym.mutation.cases import ROUNDS, Hardened, harden
from verigym.mutation.examples import examples_in
from verigym.mutation.kills import Unusable
from verigym.sandbox import Sandbox
from verigym.sandbox.inside import plain
from verigym.task import Task
from verigym.verifiers.compare import VALUE_MODES, Rule, same_value
from verigym.verifiers.scoring import EXACT, PUBLIC, public_count
from verigym.verifiers.source import assemble, program_in

_SCORED = ("public", "feedback", "reward", "floor")


@dataclass(frozen=True)
class Report:
    """What came of hardening one task."""

    task_id: str
    """Of the task as it was."""
    hardened: str = ""
    """The id of the task as it is now; empty when it stayed as it was."""
    reason: str = ""
    """Why it stayed as it was."""
    invalid: bool = False
    """True where the reason is that the task is wrong: its reference fails, or is not deterministic."""
    cases_before: int = 0
    cases_after: int = 0
    mutants: int = 0
    killed_before: int = 0
    killed_after: int = 0
    wrong: int = 0
    refused_before: int = 0
    refused_after: int = 0
    survivors: Sequence[str] = field(default=(), repr=False)
    """Sources of the mutants that nothing killed."""

    def to_json(self) -> dict[str, Any]:
        """A plain dict that ``json.dumps`` takes as it is."""
        return {**vars(self), "survivors": list(self.survivors)}


class Invalid(UserError):
    """The task is wrong: its own reference fails its own cases."""


def harden_task(
    task: Task,
    wrong: Sequence[str] = (),
    right: Sequence[str] = (),
    *,
    seed: Any = 0,
    wide: bool = False,
    minimise: bool = False,
    rounds: int = ROUNDS,
    sandbox: Sandbox | None = None,
) -> tuple[Task, Report]:
    """A task with stronger cases, and what changed; the task itself where nothing could be done.

    Tasks of a function with a reference and with cases that are data can be hardened. New cases come
    behind those that there are, so what is public stays so.

    Args:
        task: of any family that judges functions by calls.
        wrong: answers that are known to be wrong; those that pass now are to be refused.
        right: further answers that are known to be right.
        seed: of what is drawn.
        wide: also make inputs unlike the examples.
        minimise: leave out cases, if they are not public, that kill nothing that others do not.
        rounds: the most rounds of inputs.
        sandbox: where programs run; by default the shared one.

    Raises:
        SandboxError: when the sandbox fails.
    """
    spec = task.spec
    if reason := _unfit(task):
        return task, Report(task.id, reason=reason, cases_before=len(spec.get("cases", ())))
    count = len(spec["cases"])
    try:
        found = _hardened(task, wrong, right, seed, wide, rounds, sandbox)
    except UserError as error:  # Unparsable, Unusable, no examples
        invalid = isinstance(error, Invalid | Unusable)
        return task, Report(task.id, reason=str(error), invalid=invalid, cases_before=count)
    old = list(spec["cases"])
    if minimise:
        old = _needed(old, found, public_count(spec))
    plain_kwargs = plain.encode({})
    new = [
        {"args": list(one.args), "kwargs": plain_kwargs, "expected": one.expected}
        for one in found.cases
    ]
    told = {name: value for name, value in spec.items() if name not in _SCORED}
    told["cases"] = [*old, *new]
    told |= scored(
        told,
        spec.get("public", 0),
        spec.get("feedback", PUBLIC),
        spec.get("reward", EXACT),
        floor_of_values,
    )
    note = {"from": task.id, "mutants": found.mutants, "killed": found.killed_after}
    changed = replace(task, spec=told, metadata={**task.metadata, "hardened": note}, id="")
    return changed, Report(
        task.id,
        hardened=changed.id,
        cases_before=count,
        cases_after=len(told["cases"]),
        mutants=found.mutants,
        killed_before=found.killed_before,
        killed_after=found.killed_after,
        wrong=found.wrong,
        refused_before=found.refused_before,
        refused_after=found.refused_after,
        survivors=found.survivors,
    )


def _unfit(task: Task) -> str:
    spec = task.spec
    if "entry_point" not in spec or "sizes" in spec:
        return "it is no task of a function that is judged by calls"
    if "cases" not in spec:
        return "its tests are code; only cases that are data are added to"
    if not isinstance(spec.get("reference"), str):
        return "it has no reference"
    if any(plain.decode(case["kwargs"]) for case in spec["cases"]):
        return "its cases call by keyword"
    return ""


def _hardened(
    task: Task,
    wrong: Sequence[str],
    right: Sequence[str],
    seed: Any,
    wide: bool,
    rounds: int,
    sandbox: Sandbox | None,
) -> Hardened:
    spec = task.spec
    rule = Rule.build(spec.get("compare", "strict"), VALUE_MODES)
    examples = [tuple(plain.decode(tree) for tree in case["args"]) for case in spec["cases"]]
    arity = {len(args) for args in examples}
    shown = examples_in(task.text, spec["entry_point"])
    found = harden(
        _program(spec, spec["reference"]),
        spec["entry_point"],
        examples,
        more=[args for args in shown if {len(args)} == arity],
        wrong=[_program(spec, answer) for answer in wrong],
        right=[_program(spec, answer) for answer in right],
        seed=[seed, task.id],
        rule=rule,
        wide=wide,
        rounds=rounds,
        sandbox=sandbox,
        packages=spec.get("packages", ()),
    )
    got = {plain.dumps(list(one.args)): one.expected for one in found.examples}
    for index, case in enumerate(spec["cases"]):
        text = plain.dumps(list(case["args"]))
        if text not in got or not same_value(got[text], case["expected"], rule):
            raise Invalid(f"the reference fails the task's own case {index}")
    return found


def _program(spec: Any, answer: str) -> str:
    """One source of what the verifier runs one after the other."""
    return "\n".join(assemble(spec, program_in(answer) or ""))


def _needed(cases: list[Any], found: Hardened, public: int) -> list[Any]:
    """The public cases, and of the others those that kill what no other case does."""
    needed = {plain.dumps(list(one.args)) for one in found.needed}
    kept = []
    for index, case in enumerate(cases):
        text = plain.dumps(list(case["args"]))
        if index < public or text in needed:
            kept.append(case)
            needed.discard(text)
    return kept or cases[:1]
