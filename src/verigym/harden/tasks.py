"""Hardening whole tasks: what a task says of its function, and the stronger task made of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from verigym.envs.code.score import scored
from verigym.errors import UserError
from verigym.harden.kinds import Invalid, Kind, Options, kind_of, unfit
from verigym.mutation.kills import Unusable
from verigym.mutation.search import ROUNDS, Hardened
from verigym.sandbox import Sandbox
from verigym.task import Task
from verigym.verifiers.scoring import EXACT, PUBLIC, public_count

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

    Tasks of a function, or of a Python program on standard input, can be hardened when they have a
    reference and cases that are data. New cases come behind those that there are, so what is public
    stays so.

    Args:
        task: of any family that judges functions by calls, or programs by what they print.
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
    if reason := unfit(spec):
        return task, Report(task.id, reason=reason, cases_before=len(spec.get("cases", ())))
    count, kind = len(spec["cases"]), kind_of(spec)
    try:
        found = kind.hardened(task, Options(wrong, right, seed, wide, rounds, sandbox))
    except UserError as error:  # Unparsable, Unusable, no examples
        invalid = isinstance(error, Invalid | Unusable)
        return task, Report(task.id, reason=str(error), invalid=invalid, cases_before=count)
    old = list(spec["cases"])
    if minimise:
        old = _needed(old, found, public_count(spec), kind)
    new = [kind.case(one) for one in found.cases]
    told = {name: value for name, value in spec.items() if name not in _SCORED}
    told["cases"] = [*old, *new]
    told |= scored(
        told,
        spec.get("public", 0),
        spec.get("feedback", PUBLIC),
        spec.get("reward", EXACT),
        kind.floor,
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


def _needed(cases: list[Any], found: Hardened, public: int, kind: Kind) -> list[Any]:
    """The public cases, and of the others those that kill what no other case does."""
    needed = {kind.input_of(one) for one in found.needed}
    kept = []
    for index, case in enumerate(cases):
        text = kind.input(case)
        if index < public or text in needed:
            kept.append(case)
            needed.discard(text)
    return kept or cases[:1]
