"""An encoding is judged by what it means: which inputs extend to a model of it.

A task's ``spec`` holds ``inputs`` (variables 1 to that number are the inputs, 1 to 14), ``models`` (the
assignments of the inputs that satisfy the constraint, a set of rows as in
:mod:`verigym.verifiers.truth`, in hexadecimal), ``budget`` (at most that many ``clauses``, ``literals``
and ``auxiliary`` variables) and ``floor`` (in [0, 1], what cheap encodings reach).

An encoding that errs on one side only, by letting inputs through or by excluding some, has Youden's
index (1950) ``J``, the share of what it excludes rightly plus the share of what it keeps rightly minus
1. What it is beyond the floor is its progress. One that errs on both sides is worth nothing, as the
encoding of some other constraint would be.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from verigym.errors import TaskError
from verigym.task import Task
from verigym.verdict import Status, Verdict, correct, failed, graded
from verigym.verifiers.answer import Malformed, answer_in
from verigym.verifiers.base import Verifier
from verigym.verifiers.cnf import Formula
from verigym.verifiers.cnf_answers import length, read_cnf, read_rows
from verigym.verifiers.projection import MAX_INPUTS, projection
from verigym.verifiers.search import OutOfBudget


@dataclass(frozen=True)
class Budget:
    """How large an encoding may be."""

    clauses: int
    literals: int
    auxiliary: int
    """Variables beside the inputs, whether or not they occur."""

    def excess(self, formula: Formula, inputs: int) -> str | None:
        """How a formula breaks the budget, or None."""
        for what, used, limit in (
            ("auxiliary variables", formula.variables - inputs, self.auxiliary),
            ("clauses", len(formula.clauses), self.clauses),
            ("literals", length(formula), self.literals),
        ):
            if used > limit:
                return f"The encoding has {used} {what}; the budget is {limit}."
        return None


class EncodeVerifier(Verifier):
    """Reward 1 for an encoding of exactly the constraint; up to 0.5 for one that errs on one side."""

    name = "sat.encode"

    def judge(self, task: Task, answer: str) -> Verdict:
        inputs, models, budget, floor = _read(task.spec)
        formula = read_cnf(answer_in(answer))
        if formula.variables < inputs:
            raise Malformed(
                f"The header counts {formula.variables} variables, but there are {inputs} inputs."
            )
        excess = budget.excess(formula, inputs)
        if excess is not None:
            return failed(Status.WRONG, excess)
        try:
            found = projection(formula, inputs)
        except OutOfBudget:
            feedback = "Which inputs extend to a model takes more search than is allowed."
            return failed(Status.BUDGET, feedback)
        return _compare(found, models, 1 << inputs, floor)


def _compare(found: int, models: int, rows: int, floor: float) -> Verdict:
    lost, extra = (models & ~found).bit_count(), (found & ~models).bit_count()
    right = models.bit_count()
    evidence = {"lost": lost, "extra": extra, "models": right, "inputs": rows, "floor": floor}
    if not lost and not extra:
        return correct("The encoding means the constraint.", evidence=evidence)
    feedback = (
        f"Of {right} assignments that satisfy the constraint it excludes {lost}; of the {rows - right} "
        f"others it lets {extra} through."
    )
    if (lost and extra) or floor >= 1:
        return failed(Status.WRONG, feedback, evidence=evidence)
    j = 1 - lost / max(right, 1) - extra / max(rows - right, 1)
    return graded((j - floor) / (1 - floor), feedback, evidence=evidence)


def _read(spec: Mapping[str, Any]) -> tuple[int, int, Budget, float]:
    inputs, budget, floor = spec.get("inputs"), spec.get("budget"), spec.get("floor")
    if type(inputs) is not int or not 1 <= inputs <= MAX_INPUTS:
        raise TaskError(f"spec.inputs is {inputs!r}; it must be an int from 1 to {MAX_INPUTS}")
    if not isinstance(floor, int | float) or not 0 <= floor <= 1:
        raise TaskError(f"spec.floor is {floor!r}; it must be a number from 0 to 1")
    names = ("clauses", "literals", "auxiliary")
    if not isinstance(budget, Mapping) or any(type(budget.get(name)) is not int for name in names):
        raise TaskError(f"spec.budget is {budget!r}; it must hold the ints {', '.join(names)}")
    models = read_rows(spec, "models", inputs)
    return inputs, models, Budget(*(budget[name] for name in names)), float(floor)
