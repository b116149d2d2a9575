"""How strong a spec is: the share of its reference's mutants that it tells from the reference.

The mutants are those of :mod:`verigym.mutation`. Many are tried in one process, beside the tests and on
the examples of a task; what survives there is judged as an answer is, each in processes of its own.
Some survivors may do the same as the reference, so a share of 1 is not to be reached everywhere.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from verigym.envs.spec.corpus import spec_task
from verigym.envs.spec.loading import Spec
from verigym.mutation import Mutant, mutants
from verigym.sandbox import Limits, Program, Sandbox, shared
from verigym.sandbox.inside import plain
from verigym.sandbox.inside.mutated import TRY_MUTANTS
from verigym.task import Task
from verigym.verifiers.properties import STORED, PropertyVerifier

LIMITS = Limits(cpu_seconds=60, wall_seconds=180)
LEAST_SECONDS, TIMES = 0.5, 20
"""Processor time of a mutant on all examples: at least, and by the reference's."""
_ENDED = "ended the process"


@dataclass(frozen=True)
class Strength:
    """What came of a spec's mutants."""

    mutants: int
    killed: int
    survivors: tuple[Mutant, ...] = field(repr=False, default=())

    @property
    def share(self) -> float:
        """Killed mutants, of all; 1 where there are none."""
        return self.killed / self.mutants if self.mutants else 1.0


def strength(
    spec: Spec, seed: int = 0, examples: int | None = None, sandbox: Sandbox | None = None
) -> Strength:
    """The strength of a spec of a kind that this package judges by properties.

    Args:
        spec: see :func:`verigym.envs.spec.loading.read_specs`.
        seed: of the examples.
        examples: as for :func:`verigym.envs.spec.spec_task`.
        sandbox: where all of it runs; by default the shared one.

    Raises:
        TaskError: when the spec cannot judge anybody.
        SandboxError: when the sandbox fails.
    """
    task = spec_task(spec, seed, family=f"spec/{spec.kind}", examples=examples, sandbox=sandbox)
    found = mutants(spec.reference)
    left: Sequence[Mutant] = found
    if task.spec["how"] == STORED and task.spec["plain"]:
        sources = [spec.reference, *(mutant.source for mutant in found)]
        killed = _tried(task, sources, sandbox or shared())[1:]
        left = [mutant for mutant, by in zip(found, killed, strict=True) if by is None]
    judge = PropertyVerifier(sandbox)
    pairs = [(task, mutant.source) for mutant in left]
    verdicts = judge.verify_many(pairs)
    survivors = [one for one, verdict in zip(left, verdicts, strict=True) if verdict.reward != 0.0]
    return Strength(len(found), len(found) - len(survivors), tuple(survivors))


def _tried(task: Task, sources: Sequence[str], box: Sandbox) -> list[str | None]:
    """For each program the test that it failed, or None; each run goes on behind who ended the last."""
    found: list[str | None] = []
    seconds = 10.0  # of the reference, which comes first and says how long the others may take
    while len(found) < len(sources):
        some = sources[len(found) :] if found else sources[:1]
        job = {
            "tests": task.spec["tests"],
            "corpus": [
                {"name": test["name"], "examples": test["examples"]} for test in task.spec["corpus"]
            ],
            "sources": some,
            "seconds": seconds,
        }
        packages = tuple(task.spec.get("packages", ()))
        program = Program(TRY_MUTANTS, data=plain.dumps(job), result=True, packages=packages)
        done = box.run(program, LIMITS)
        told = [json.loads(line) for line in (done.result or b"").split(b"\n")[:-1]]
        if not found and told:
            seconds = max(LEAST_SECONDS, TIMES * told[0]["seconds"])
        found += [one["killed"] for one in told]
        if len(told) < len(some):
            found.append(_ENDED)
    return found
