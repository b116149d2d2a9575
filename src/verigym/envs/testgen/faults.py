"""Faulty programs to be found out: mutants of a reference that few inputs kill, and recorded wrong
answers.

For each reference the inputs of its cases, and more like them, are tried on all of its mutants, in the
sandbox. A mutant that most inputs kill is found by any input; so those are posed that at most a share
of the inputs kill (``rarity``), and at least one, which is kept as the reference answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from verigym.envs.testgen.pool import Pool, pooled, shuffled
from verigym.errors import FamilyError, UserError
from verigym.mutation.kills import Kill, Matrix, killed, matrix
from verigym.mutation.mutants import Mutant
from verigym.task import Task
from verigym.verifiers.compare import VALUE_MODES, Rule
from verigym.verifiers.observe import Kind, Outcome, allowed, observe
from verigym.verifiers.source import assemble, program_in


@dataclass(frozen=True)
class Trial(Pool):
    """What a pool's inputs show of its reference's faulty programs."""

    expected: Sequence[Any]
    """What the reference gives back, as trees."""
    rows: Sequence[tuple[Mutant, tuple[bool, ...]]]
    """Each faulty program and, by input, whether that shows its fault; in an order drawn by lot. The
    operator of those that are recorded is ``recorded``."""


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


def tried(task: Task, wrong: Sequence[str], seed: int, contract: str | None = None) -> Trial:
    """Try inputs on all mutants of a function task's reference, and on recorded wrong answers.

    Raises:
        FamilyError: when the task has no cases or no reference, or that is not usable.
        SandboxError: when the sandbox fails.
    """
    pool = pooled(task, seed, contract=contract)
    rule = Rule.build(pool.compare, VALUE_MODES)
    try:
        found = matrix(pool.reference, pool.entry_point, pool.calls, rule=rule, packages=pool.packages)
    except UserError as error:
        raise FamilyError(str(error)) from None
    rows = [(mutant, row) for mutant, row in zip(found.mutants, found.kills, strict=True)]
    rows += _recorded(task.spec, wrong, pool.entry_point, pool.calls, found, rule)
    shown = [(one, tuple(kill in (Kill.VALUE, Kill.RAISED) for kill in row)) for one, row in rows]
    return Trial(**vars(pool), expected=found.expected, rows=shuffled(shown, pool.rng))


def _recorded(
    spec: Mapping[str, Any],
    wrong: Sequence[str],
    name: str,
    calls: Sequence[Mapping[str, Any]],
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
