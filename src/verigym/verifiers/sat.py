"""The verifiers of the SAT families: a model is evaluated, a refutation is checked step by step.

No solver takes part in judging. What a task must hold in its ``spec``: ``variables`` (an int) and
``clauses`` (tuples of literals); for :class:`SolveVerifier` also ``baseline``, the number of clauses
that cheap heuristics satisfy.
"""

from __future__ import annotations

from functools import lru_cache

from verigym.errors import FormatError, TaskError
from verigym.task import Task
from verigym.verdict import Status, Verdict, correct, failed, graded
from verigym.verifiers import lrat, proof
from verigym.verifiers.answer import answer_in
from verigym.verifiers.base import Verifier
from verigym.verifiers.cnf import Formula
from verigym.verifiers.propagation import Layout
from verigym.verifiers.sat_answers import Model, Refutation, read_decision, read_model


class SolveVerifier(Verifier):
    """Reward 1 for a model; else up to 0.5 for satisfying more clauses than cheap heuristics do."""

    name = "sat.solve"

    def judge(self, task: Task, answer: str) -> Verdict:
        formula = formula_of(task)
        total = len(formula.clauses)
        baseline = task.spec.get("baseline")
        if type(baseline) is not int or not 0 <= baseline <= total:
            raise TaskError(f"spec.baseline is {baseline!r}; it must be an int from 0 to {total}")
        model = read_model(answer_in(answer), formula.variables)
        satisfied = formula.satisfied(model.literals)
        evidence = {"satisfied": satisfied, "clauses": total, "baseline": baseline}
        if satisfied == total:
            return correct("Every clause is satisfied.", evidence=evidence)
        # Above 0 only where the baseline leaves two clauses or more, since not all are satisfied.
        progress = (satisfied - baseline) / max(total - baseline, 1)
        return graded(progress, f"{satisfied} of {total} clauses are satisfied.", evidence=evidence)


class DecideVerifier(Verifier):
    """Reward 1 for a model or a complete refutation, 0 for anything else."""

    name = "sat.decide"
    version = 2

    def judge(self, task: Task, answer: str) -> Verdict:
        formula = formula_of(task)
        decision = read_decision(answer_in(answer), formula.variables, len(formula.clauses))
        if isinstance(decision, Model):
            return _judge_model(formula, decision)
        if isinstance(decision, Refutation):
            checked = proof.check(_layout_of(task), decision.lemmas)
            return _refutation_verdict("drat", checked, decision.lines)
        return _refutation_verdict("lrat", lrat.check(formula, decision.steps), decision.lines)


def _judge_model(formula: Formula, model: Model) -> Verdict:
    satisfied, total = formula.satisfied(model.literals), len(formula.clauses)
    evidence = {"kind": "model", "satisfied": satisfied, "clauses": total}
    if satisfied == total:
        return correct("The model satisfies every clause.", evidence=evidence)
    return failed(Status.WRONG, f"{satisfied} of {total} clauses are satisfied.", evidence=evidence)


def _refutation_verdict(form: str, checked: proof.Checked, lines: tuple[int, ...]) -> Verdict:
    evidence = {
        "kind": "refutation",
        "format": form,
        "outcome": checked.outcome.value,
        "lines": len(lines),
        "proved": checked.lemmas,
        "rat": checked.rat,
        "steps": checked.steps,
    }
    if checked.outcome is proof.Outcome.REFUTED:
        return correct("The refutation holds.", evidence=evidence)
    if checked.outcome is proof.Outcome.BUDGET:
        feedback = "The refutation takes more propagation steps than are allowed; give a shorter one."
        return failed(Status.BUDGET, feedback, evidence=evidence)
    if checked.outcome is proof.Outcome.REFUSED:
        where = "The clause in line" if form == "drat" else "Line"
        feedback = f"{where} {lines[checked.lemmas]} of the refutation {checked.reason}."
    elif form == "lrat":
        feedback = "Every clause follows, but the empty clause is not among them."
    else:
        feedback = "Every clause follows, but together they do not lead to a conflict."
    return failed(Status.WRONG, feedback, evidence=evidence)


@lru_cache(maxsize=16)
def _layout_of(task: Task) -> Layout:
    """The formula of a task as propagation wants it: a batch asks for it again with each answer."""
    return Layout(formula_of(task))


@lru_cache(maxsize=32)
def formula_of(task: Task, field: str = "clauses") -> Formula:
    """The formula of a task, checked once: a batch asks for it again with each answer.

    ``field`` of the spec holds its clauses.

    Raises:
        TaskError: when the spec holds no formula, or one that is too large to judge.

    """
    try:
        formula = Formula(task.spec.get("variables"), task.spec.get(field))  # type: ignore[arg-type]
    except FormatError as error:
        raise TaskError(f"the spec of task {task.id[:12]} holds no formula: {error}") from None
    oversized = formula.oversized()
    if oversized:
        raise TaskError(f"the formula of task {task.id[:12]} is too large: {oversized}")
    return formula
