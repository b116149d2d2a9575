"""A Craig (1957) interpolant, checked on every assignment of the shared variables.

Whether a formula over the shared variables follows from A, and excludes B, depends on nothing but which
assignments of these variables extend to a model of A, and of B. A task's ``spec`` holds these two sets,
``a`` and ``b``, as rows in hexadecimal: bit ``i`` of a row's number is the value of variable
``shared[i]``. It also holds ``variables`` (of A and B together), ``budget`` (at most that many
``clauses`` and ``literals``) and ``floor`` (how many rows of ``b`` cheap candidates exclude).

A formula that does not follow from A is worth nothing; for one that does, what counts is how many rows
of ``b`` it excludes beyond the floor.
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
from verigym.verifiers.truth import table

MAX_SHARED = 12


@dataclass(frozen=True)
class _Spec:
    variables: int
    shared: tuple[int, ...]
    a: int
    b: int
    clauses: int
    literals: int
    floor: int


class InterpolantVerifier(Verifier):
    """Reward 1 for an interpolant; up to 0.5 for a consequence of A that excludes much of B."""

    name = "sat.interpolant"

    def judge(self, task: Task, answer: str) -> Verdict:
        spec = _read(task.spec)
        formula = read_cnf(answer_in(answer))
        if formula.variables != spec.variables:
            raise Malformed(
                f"The header counts {formula.variables} variables; A and B have {spec.variables}."
            )
        breach = _breach(spec, formula)
        if breach is not None:
            return failed(Status.WRONG, breach)
        return _compare(spec, rows_of(formula, spec.shared))


def rows_of(formula: Formula, shared: tuple[int, ...]) -> int:
    """The assignments of the shared variables that satisfy a formula over them, as rows.

    Raises:
        KeyError: when the formula holds another variable.

    """
    number = {v: i for i, v in enumerate(shared, 1)}
    clauses = [[number[x] if x > 0 else -number[-x] for x in clause] for clause in formula.clauses]
    return table(len(shared)).models(clauses)


def _breach(spec: _Spec, formula: Formula) -> str | None:
    """The rule that a formula breaks whatever it means, or None."""
    foreign = {abs(x) for clause in formula.clauses for x in clause} - set(spec.shared)
    if foreign:
        return f"Variable {min(foreign)} is not shared by A and B."
    for what, used, limit in (
        ("clauses", len(formula.clauses), spec.clauses),
        ("literals", length(formula), spec.literals),
    ):
        if used > limit:
            return f"The formula has {used} {what}; the budget is {limit}."
    return None


def _compare(spec: _Spec, found: int) -> Verdict:
    lost, total = (spec.a & ~found).bit_count(), spec.b.bit_count()
    excluded = (spec.b & ~found).bit_count()
    evidence = {"lost": lost, "excluded": excluded, "of": total, "floor": spec.floor}
    if lost:
        return failed(Status.WRONG, "The formula does not follow from A.", evidence=evidence)
    if excluded == total:
        return correct("The formula is an interpolant.", evidence=evidence)
    feedback = (
        f"The formula follows from A, but has models in common with B: it excludes {excluded} of the "
        f"{total} assignments of the shared variables that B allows."
    )
    gap = total - spec.floor
    progress = (excluded - spec.floor) / gap if gap >= 2 else 0.0
    return graded(progress, feedback, evidence=evidence)


def _read(spec: Mapping[str, Any]) -> _Spec:
    variables, shared, budget = spec.get("variables"), spec.get("shared"), spec.get("budget")
    if type(variables) is not int or variables < 1:
        raise TaskError(f"spec.variables is {variables!r}; it must be an int from 1 up")
    if (
        not isinstance(shared, tuple)
        or not 1 <= len(shared) <= MAX_SHARED
        or any(type(v) is not int or not 1 <= v <= variables for v in shared)
        or len(set(shared)) < len(shared)
    ):
        raise TaskError(
            f"spec.shared is {shared!r}; it must hold 1 to {MAX_SHARED} different variables"
        )
    if not isinstance(budget, Mapping) or any(
        type(budget.get(name)) is not int for name in ("clauses", "literals")
    ):
        raise TaskError(f"spec.budget is {budget!r}; it must hold the ints clauses and literals")
    a, b = (read_rows(spec, name, len(shared)) for name in ("a", "b"))
    if a & b or not b:
        raise TaskError("spec.a and spec.b must be disjoint, and spec.b must not be empty")
    floor = spec.get("floor")
    if type(floor) is not int or not 0 <= floor <= b.bit_count():
        raise TaskError(f"spec.floor is {floor!r}; it must be an int from 0 to {b.bit_count()}")
    return _Spec(variables, shared, a, b, budget["clauses"], budget["literals"], floor)
