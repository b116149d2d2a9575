"""A smaller formula with the same models: equivalence is decided exactly, then size decides.

A task's ``spec`` holds ``variables`` and ``formula`` (the clauses that were given), ``target`` (a size
that is proved to be reachable) and ``floor`` (the size from which on a formula is worth nothing, below
what cheap simplification reaches). Sizes count clauses and literals together.

Up to :data:`TABLE` variables both truth tables are compared. Beyond, a solver in a worker process looks
for a model of one formula that falsifies a clause of the other, within a budget of conflicts.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from verigym.errors import TaskError
from verigym.task import Task
from verigym.verdict import Status, Verdict, correct, failed, graded
from verigym.verifiers import search
from verigym.verifiers.answer import Malformed, answer_in
from verigym.verifiers.base import Verifier
from verigym.verifiers.cnf import Formula
from verigym.verifiers.cnf_answers import read_cnf
from verigym.verifiers.sat import formula_of
from verigym.verifiers.truth import table

TABLE = 16
"""Most variables for which truth tables are compared."""

_FEEDBACK = {
    "more": "The formula is not equivalent: it has models that the given one does not have.",
    "fewer": "The formula is not equivalent: it lacks models that the given one has.",
}


class EquivalentVerifier(Verifier):
    """Reward 1 for an equivalent formula within the target; up to 0.5 for one beyond cheap means."""

    name = "sat.equivalent"

    def judge(self, task: Task, answer: str) -> Verdict:
        given = given_of(task)
        target, floor = _sizes(task.spec, given)
        formula = read_cnf(answer_in(answer))
        if formula.variables != given.variables:
            raise Malformed(
                f"The header counts {formula.variables} variables; the formula has {given.variables}."
            )
        size = formula.size
        evidence = {"size": size, "target": target, "floor": floor}
        if size >= max(floor, target + 1):  # so what is left to check is no larger than what was given
            feedback = f"Its size is {size}, no better than dropping what is plainly superfluous."
            return failed(Status.WRONG, feedback, evidence=evidence)
        try:
            difference = different(given, formula)
        except search.OutOfBudget:
            feedback = "Whether the formula is equivalent takes more search than is allowed."
            return failed(Status.BUDGET, feedback, evidence=evidence)
        if difference is not None:
            return failed(Status.WRONG, _FEEDBACK[difference], evidence=evidence)
        if size <= target:
            return correct(f"The formula is equivalent, and its size is {size}.", evidence=evidence)
        progress = (floor - size) / (floor - target) if floor - target >= 2 else 0.0
        feedback = f"The formula is equivalent, but its size is {size}; at most {target} is asked for."
        return graded(progress, feedback, evidence=evidence)


def different(given: Formula, formula: Formula) -> str | None:
    """Whether a formula over the same variables has ``more`` models, or lacks some: ``fewer``.

    Raises:
        search.OutOfBudget: when telling takes too many conflicts.
        SandboxError: when a solver is needed and no worker can be had.

    """
    if given.variables <= TABLE:
        models = _models(given)
        found = table(given.variables).models(formula.clauses)
        if found == models:
            return None
        return "more" if found & ~models else "fewer"
    payload = {"given": given.clauses, "formula": formula.clauses}
    answer = search.run("verigym.verifiers.equivalent:compare", payload)
    assert answer is None or answer in _FEEDBACK
    return answer  # type: ignore[no-any-return]


def compare(payload: Mapping[str, Any]) -> str | None:
    """In a worker: what :func:`different` answers."""
    given, formula = payload["given"], payload["formula"]
    if not _implies(formula, given):
        return "more"
    return None if _implies(given, formula) else "fewer"


def _implies(clauses: list[list[int]], consequences: list[list[int]]) -> bool:
    with search.Solver(clauses) as solver:
        return not any(solver.satisfiable([-x for x in clause]) for clause in consequences)


@lru_cache(maxsize=32)
def _models(formula: Formula) -> int:
    return table(formula.variables).models(formula.clauses)


def _sizes(spec: Mapping[str, Any], given: Formula) -> tuple[int, int]:
    target, floor = spec.get("target"), spec.get("floor")
    for name, value in (("target", target), ("floor", floor)):
        if type(value) is not int or not 0 <= value <= given.size:
            raise TaskError(f"spec.{name} is {value!r}; it must be an int from 0 to {given.size}")
    assert isinstance(target, int)
    assert isinstance(floor, int)
    return target, floor


def given_of(task: Task) -> Formula:
    """The formula that is to be made smaller.

    Raises:
        TaskError: when the spec holds none, or one that is too large to judge.

    """
    return formula_of(task, "formula")
