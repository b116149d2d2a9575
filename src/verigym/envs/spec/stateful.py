"""``spec/stateful``: a class that must do what a rule-based state machine checks, step after step.

The spec is a Python module with ``hypothesis.stateful`` machines, one's own used unchanged. Hypothesis
chooses the steps once for each seed, in the sandbox and against the reference
(:mod:`verigym.sandbox.inside.rehearsal`); they are stored, and taken again with each answer
(:mod:`verigym.verifiers.stateful`). A spec is refused when its reference fails it, when too few
sequences come of it, or when one of its lazy answers satisfies it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from verigym.envs.code.limits import shown_packages, timed
from verigym.envs.records import Source
from verigym.envs.spec.corpus import TooWeak
from verigym.envs.spec.family import SpecFamily
from verigym.envs.spec.loading import Spec
from verigym.errors import FamilyError, SandboxError, TaskError
from verigym.sandbox import Limits, Sandbox, shared
from verigym.sandbox.inside import plain
from verigym.sandbox.inside.rehearsal import REHEARSE
from verigym.task import Task
from verigym.verdict import Status, Verdict
from verigym.verifiers import outcome, tables
from verigym.verifiers.calls import report_of
from verigym.verifiers.scoring import STATUS
from verigym.verifiers.stateful import StatefulVerifier, sequences_hash

SEQUENCES, STEPS = 200, 20
"""How many sequences Hypothesis tries, and the most steps of each, where nothing else is said."""
MOST_SEQUENCES, MOST_STEPS = 5000, 200
ROOM = 400
"""Steps that are kept in all, of the sequences that add most."""
LEAST_SEQUENCES = 3
AGAIN = 8
"""Sequences that are taken a second time."""
REHEARSING = Limits(cpu_seconds=60, wall_seconds=600, result_bytes=32 << 20, file_bytes=32 << 20)


def stateful_task(
    spec: Spec,
    seed: int,
    *,
    family: str = "spec/stateful",
    version: int = 1,
    examples: int | None = None,
    steps: int | None = None,
    feedback: str = STATUS,
    shrink: bool = False,
    sandbox: Sandbox | None = None,
) -> Task:
    """The task of a spec, with the sequences of a seed.

    Args:
        spec: what is asked, and the machines that judge it.
        seed: of the sequences.
        family: the family that poses it, and its ``version``.
        version: see ``family``.
        examples: how many sequences Hypothesis tries for each machine; by default ``SEQUENCES``.
        steps: the most steps of a sequence; by default ``STEPS``.
        feedback: what the policy is told of a failing sequence: ``status`` (nothing) or ``all``.
        shrink: whether steps that a failure does not need are left out of what is shown.
        sandbox: where it is tried; by default the shared one.

    Raises:
        TaskError: when the spec cannot judge anybody; says why.
        TooWeak: when one of its lazy answers satisfies it on these sequences.
        SandboxError: when the sandbox fails, or lacks Hypothesis.
    """
    box = sandbox or shared()
    base: dict[str, Any] = {
        "entry_point": spec.entry_points[0],
        "entry_points": list(spec.entry_points),
        "tests": spec.tests,
        "objects": list(spec.objects),
        "limits": timed(spec.timeout, {"processes": 64}),
        **shown_packages(spec.packages),
    }
    drawn = {
        "seed": seed,
        "examples": SEQUENCES if examples is None else examples,
        "steps": STEPS if steps is None else steps,
        "room": ROOM,
    }
    sequences = _rehearsed(spec, {**base, **drawn}, box)
    task = Task(
        family=family,
        version=version,
        prompt=spec.prompt,
        spec={
            **base,
            **drawn,
            "reference": spec.reference,
            "lazy": list(spec.lazy.values()),
            "sequences": sequences,
            "corpus_sha256": sequences_hash(sequences),
            "again": AGAIN,
            "shrink": shrink,
            "feedback": feedback,
        },
        metadata={"spec": spec.name, "tags": list(spec.tags), **spec.metadata},
    )
    _check(task, spec, StatefulVerifier(box))
    return task


def _rehearsed(spec: Spec, base: Mapping[str, Any], box: Sandbox) -> list[dict[str, Any]]:
    """The sequences of a spec, the shortest first."""
    names = ("tests", "seed", "examples", "steps", "room")
    job = {**{name: base[name] for name in names}, "reference": spec.reference}
    program = tables.program(box, REHEARSE, plain.dumps(job), base.get("packages", ()))
    done = box.run(program, REHEARSING)
    report = report_of(done)
    if report is None:
        ended = outcome.of_execution(done)
        raise TaskError(
            f"{spec.name}: its reference or its machine does not end well: "
            f"{ended[1] if ended else 'no result'}"
        )
    if report["error"] is not None:
        raise TaskError(f"{spec.name}: its reference fails it: {outcome.clip(report['error'], 600)}")
    if report["unfit"] is not None:
        raise TaskError(f"{spec.name}: its steps cannot be recorded: {report['unfit']}")
    sequences: list[dict[str, Any]] = report["sequences"]
    if report["tried"] < LEAST_SEQUENCES:
        raise TaskError(
            f"{spec.name}: {report['tried']} sequences of steps came of its machines, at least "
            f"{LEAST_SEQUENCES} are needed: it must define a RuleBasedStateMachine with rules"
        )
    return sequences


def _check(task: Task, spec: Spec, judge: StatefulVerifier) -> None:
    """Refuse a spec that its reference does not satisfy, or that a lazy answer does."""
    limits = {**task.spec["limits"], "wall_seconds": REHEARSING.wall_seconds}  # a machine may be busy
    patient = replace(task, spec={**task.spec, "limits": limits}, id="")
    verdict = judge.verify(patient, spec.reference)
    if not verdict.correct:
        raise TaskError(f"{spec.name}: its reference does not satisfy it: {_why(verdict)}")
    for name, source in spec.lazy.items():
        if judge.verify(task, source).correct:
            raise TooWeak(f"{spec.name}: its lazy answer {name!r} satisfies it, so it is too weak")


def _why(verdict: Verdict) -> str:
    if verdict.status is Status.SANDBOX_ERROR:
        raise SandboxError(str(verdict.evidence.get("error")))
    shown = next((f" {case.detail} after {case.input}" for case in verdict.cases), "")
    return outcome.clip(f"{verdict.evidence.get('error') or verdict.feedback}{shown}", 600)


class Stateful(SpecFamily):
    """Specs that are Python modules of state machines."""

    name = "spec/stateful"
    kind = "stateful"
    summary = (
        "write a class that hidden state machines agree with; recorded sequences of calls judge it"
    )
    verifier = StatefulVerifier()
    knobs = {
        **SpecFamily.knobs,
        "examples": f"how many sequences of steps are tried for each machine (default {SEQUENCES})",
        "steps": f"the most steps of a sequence (default {STEPS})",
    }

    def configure(
        self,
        *,
        data: Source | None = None,
        examples: int | None = None,
        steps: int | None = None,
        **more: Any,
    ) -> Mapping[str, Any]:
        for name, value, most in (("examples", examples, MOST_SEQUENCES), ("steps", steps, MOST_STEPS)):
            if value is not None and (type(value) is not int or not 1 <= value <= most):
                raise FamilyError(f"{name} is {value!r}; it must be an int from 1 to {most}")
        return {**super().configure(data=data, examples=examples, **more), "steps": steps}

    def pose(self, spec: Spec, seed: int) -> Task:
        return stateful_task(
            spec,
            seed,
            family=self.name,
            version=self.version,
            examples=self.config["examples"],
            steps=self.config["steps"],
            feedback=self.config["feedback"],
            shrink=self.config["shrink"],
        )

    def null_answers(self, task: Task) -> list[str]:
        names = task.spec["entry_points"]
        empty = "\n".join(f"class {name}:\n    pass\n" for name in names)
        agrees = "\n".join(_AGREEABLE.format(name=name) for name in names)
        return [*super().null_answers(task), empty, agrees]


_AGREEABLE = """\
class {name}:
    def __init__(self, *args, **kwargs): pass
    def __getattr__(self, name): return lambda *args, **kwargs: {name}()
    def __call__(self, *args, **kwargs): return self
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __len__(self): return 0
    def __iter__(self): return iter(())
    def __bool__(self): return True
"""
