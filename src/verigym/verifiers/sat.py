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
from verigym.verifiers import proof
from verigym.verifiers.answer import extract
from verigym.verifiers.base import Verifier
from verigym.verifiers.cnf import Formula
from verigym.verifiers.sat_answers import Malformed, Model, Refutation, read_decision, read_model

_NO_ANSWER = "There is no answer after the reasoning."


class SolveVerifier(Verifier):
    """Reward 1 for a model; else up to 0.5 for satisfying more clauses than cheap heuristics do."""

    name = "sat.solve"

    def judge(self, task: Task, answer: str) -> Verdict:
        formula = formula_of(task)
        total = len(formula.clauses)
        baseline = task.spec.get("baseline")
        if type(baseline) is not int or not 0 <= baseline <= total:
            raise TaskError(f"spec.baseline is {baseline!r}; it must be an int from 0 to {total}")
        text = extract(answer)
        if text is None:
            return failed(Status.NO_ANSWER, _NO_ANSWER)
        try:
            model = read_model(text, formula.variables)
        except Malformed as error:
            return failed(Status.MALFORMED, str(error))
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

    def judge(self, task: Task, answer: str) -> Verdict:
        formula = formula_of(task)
        text = extract(answer)
        if text is None:
            return failed(Status.NO_ANSWER, _NO_ANSWER)
        try:
            decision = read_decision(text, formula.variables)
        except Malformed as error:
            return failed(Status.MALFORMED, str(error))
        if isinstance(decision, Model):
            return _judge_model(formula, decision)
        return _judge_refutation(formula, decision)


def _judge_model(formula: Formula, model: Model) -> Verdict:
    satisfied, total = formula.satisfied(model.literals), len(formula.clauses)
    evidence = {"kind": "model", "satisfied": satisfied, "clauses": total}
    if satisfied == total:
        return correct("The model satisfies every clause.", evidence=evidence)
    return failed(Status.WRONG, f"{satisfied} of {total} clauses are satisfied.", evidence=evidence)


def _judge_refutation(formula: Formula, refutation: Refutation) -> Verdict:
    checked = proof.check(formula, refutation.lemmas)
    evidence = {
        "kind": "refutation",
        "outcome": checked.outcome.value,
        "lemmas": len(refutation.lemmas),
        "proved": checked.lemmas,
        "steps": checked.steps,
    }
    if checked.outcome is proof.Outcome.REFUTED:
        return correct("The refutation holds.", evidence=evidence)
    if checked.outcome is proof.Outcome.BUDGET:
        feedback = "The refutation takes more propagation steps than are allowed; give a shorter one."
        return failed(Status.BUDGET, feedback, evidence=evidence)
    if checked.outcome is proof.Outcome.NOT_RUP:
        line = refutation.lines[checked.lemmas]
        feedback = f"The clause in line {line} of the refutation does not follow by unit propagation."
    else:
        feedback = "Every clause follows, but together they do not lead to a conflict."
    return failed(Status.WRONG, feedback, evidence=evidence)


@lru_cache(maxsize=32)
def formula_of(task: Task) -> Formula:
    """The formula of a task, checked once: a batch asks for it again with each answer.

    Raises:
        TaskError: when the spec holds no formula, or one that is too large to judge.

    """
    try:
        formula = Formula(task.spec.get("variables"), task.spec.get("clauses"))  # type: ignore[arg-type]
    except FormatError as error:
        raise TaskError(f"the spec of task {task.id[:12]} holds no formula: {error}") from None
    oversized = formula.oversized()
    if oversized:
        raise TaskError(f"the formula of task {task.id[:12]} is too large: {oversized}")
    return formula
