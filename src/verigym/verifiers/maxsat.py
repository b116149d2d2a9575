"""MaxSAT: an assignment is paid when it costs the least, which was proved when the task was made.

The *cost* of an assignment is the weight of the soft clauses that it leaves false; the hard ones must
all hold. No solver takes part in judging: the least cost is in the task (``optimum``), or the answer
proves it itself (``certificate``).

A certificate is a model of cost ``k`` and a refutation of :func:`cheaper`, a formula that says that
some assignment costs less than ``k``. Any such assignment would extend to a model of it: set ``R(i)``
when soft clause ``i`` is false, and ``A(i, j)`` when the false ones of the first ``i`` weigh ``j``
or more. The refutation is checked like any other (:mod:`verigym.verifiers.proof`).

Source of the encoding: the sequential counter of C. Sinz, "Towards an Optimal CNF Encoding of Boolean
Cardinality Constraints", CP 2005, with weights as in S. Hölldobler, N. Manthey, P. Steinke, "A Compact
Encoding of Pseudo-Boolean Constraints into SAT", KI 2012.

What a task must hold in its ``spec``: ``variables``, ``clauses``, ``weights`` (by clause, null for hard
ones), ``optimum`` and ``baseline`` (the cost of the best cheap assignment; null when none satisfies the
hard clauses), and ``certificate`` (bool).
"""

from __future__ import annotations

from functools import lru_cache

from verigym.errors import FormatError, TaskError
from verigym.task import Task
from verigym.verdict import Status, Verdict, correct, failed, graded
from verigym.verifiers import proof
from verigym.verifiers.answer import answer_in
from verigym.verifiers.base import Verifier
from verigym.verifiers.cnf import Formula
from verigym.verifiers.sat import formula_of
from verigym.verifiers.sat_answers import read_assignment, read_model_and_refutation
from verigym.verifiers.wcnf import Weighted

MAX_COUNTER = 20_000
"""Most variables that the formula of a certificate may have."""


class MaxSatVerifier(Verifier):
    """Reward 1 for an assignment of least cost; else up to 0.5 for one cheaper than heuristics find.

    With a certificate the reward is 1 or 0.
    """

    name = "sat.maxsat"

    def judge(self, task: Task, answer: str) -> Verdict:
        weighted = weighted_of(task)
        optimum, baseline = optimum_of(task, weighted)
        text = answer_in(answer)
        if task.spec.get("certificate", False):
            return _judge_certificate(weighted, optimum, text)
        model = read_assignment(text, weighted.variables)
        cost = weighted.cost(model.literals)
        evidence = {"cost": cost, "optimum": optimum, "baseline": baseline}
        if cost is None:
            return failed(Status.WRONG, _violation(weighted, model.literals), evidence=evidence)
        _check_optimum(cost, optimum)
        feedback = f"The clauses that are not satisfied cost {cost}."
        if cost == optimum:
            return correct(f"{feedback} No assignment costs less.", evidence=evidence)
        room = baseline - optimum
        progress = (baseline - cost) / room if room >= 2 else 0.0
        return graded(progress, feedback, evidence=evidence)


def _judge_certificate(weighted: Weighted, optimum: int, text: str) -> Verdict:
    """1 for a model whose cost is proved to be the least, 0 for anything else."""
    if optimum < 1 or cheaper_size(weighted, optimum) > MAX_COUNTER:
        raise TaskError(f"a certificate for the cost {optimum} is out of range: pose it without one")
    cost: int | None = None

    def room(literals: tuple[int, ...]) -> int:
        nonlocal cost
        cost = weighted.cost(literals)
        # A dearer model is wrong whatever it is followed by; its counter could be enormous.
        return cheaper_size(weighted, cost) if cost is not None and 0 < cost <= optimum else 0

    model, refutation = read_model_and_refutation(text, weighted.variables, room)
    evidence: dict[str, object] = {"cost": cost, "optimum": optimum}
    if cost is None:
        return failed(Status.WRONG, _violation(weighted, model.literals), evidence=evidence)
    _check_optimum(cost, optimum)
    feedback = f"The clauses that are not satisfied cost {cost}."
    if cost > optimum or refutation is None:
        return failed(
            Status.WRONG, f"{feedback} There is an assignment that costs less.", evidence=evidence
        )
    checked = proof.check(cheaper(weighted, cost), refutation.lemmas)
    evidence |= {
        "outcome": checked.outcome.value,
        "lemmas": len(refutation.lemmas),
        "proved": checked.lemmas,
        "steps": checked.steps,
    }
    if checked.outcome is proof.Outcome.REFUTED:
        return correct(f"{feedback} The refutation of less holds.", evidence=evidence)
    if checked.outcome is proof.Outcome.BUDGET:
        feedback = "The refutation takes more propagation steps than are allowed; give a shorter one."
        return failed(Status.BUDGET, feedback, evidence=evidence)
    if checked.outcome is proof.Outcome.REFUSED:
        line = refutation.lines[checked.lemmas]
        feedback = f"The clause in line {line} of the answer {checked.reason}."
    else:
        feedback = "Every clause follows, but together they do not lead to a conflict."
    return failed(Status.WRONG, feedback, evidence=evidence)


def cheaper_size(weighted: Weighted, cost: int) -> int:
    """How many variables :func:`cheaper` has."""
    return weighted.variables + len(weighted.soft) * (1 + cost)


def cheaper(weighted: Weighted, cost: int) -> Formula:
    """A formula that has a model if some assignment costs less than ``cost``, which is 1 or more.

    With ``n`` variables and soft clauses 1 to ``s``, in order, ``R(i)`` is variable ``n + i`` and
    ``A(i, j)`` is ``n + s + (i - 1) * cost + j``, for ``j`` from 1 to ``cost``. For each soft clause,
    of weight ``w``:

    * the clause, with ``R(i)`` added;
    * ``-R(i) A(i, j)`` for each ``j`` up to ``w``;
    * ``-A(i - 1, j) A(i, j)`` for each ``j``, and ``-R(i) -A(i - 1, j) A(i, j + w)``, where ``j + w``
      stands for ``cost`` when it is more; these for ``i`` from 2 on.

    The hard clauses stay as they are, and the last clause is ``-A(s, cost)``.
    """
    n, soft = weighted.variables, weighted.soft
    s = len(soft)

    def at_least(i: int, j: int) -> int:
        return n + s + (i - 1) * cost + j

    clauses = list(weighted.hard_clauses().clauses)
    for i, (clause, weight) in enumerate(soft, 1):
        clauses.append((*clause, n + i))
        clauses += [(-(n + i), at_least(i, j)) for j in range(1, min(weight, cost) + 1)]
        if i == 1:
            continue
        for j in range(1, cost + 1):
            before = at_least(i - 1, j)
            clauses.append((-before, at_least(i, j)))
            clauses.append((-(n + i), -before, at_least(i, min(j + weight, cost))))
    if soft:
        clauses.append((-at_least(s, cost),))
    return Formula(cheaper_size(weighted, cost), tuple(clauses))


def _violation(weighted: Weighted, literals: tuple[int, ...]) -> str:
    violated = weighted.violated(literals) & weighted.hard
    first = (violated & -violated).bit_length()
    return f"{violated.bit_count()} of the hard clauses are false, for example clause {first}."


def _check_optimum(cost: int, optimum: int) -> None:
    if cost < optimum:
        raise TaskError(f"an assignment costs {cost}, less than spec.optimum, {optimum}")


def optimum_of(task: Task, weighted: Weighted) -> tuple[int, int]:
    """The least cost, and that of cheap heuristics (the least cost where they find no assignment).

    Raises:
        TaskError: when the spec does not say, or says what cannot be.

    """
    optimum, baseline = task.spec.get("optimum"), task.spec.get("baseline")
    if type(optimum) is not int or not 0 <= optimum <= weighted.total:
        raise TaskError(f"spec.optimum is {optimum!r}; it must be an int from 0 to {weighted.total}")
    if baseline is None:
        return optimum, optimum
    if type(baseline) is not int or not optimum <= baseline <= weighted.total:
        raise TaskError(f"spec.baseline is {baseline!r}; it must be an int from {optimum} up, or null")
    return optimum, baseline


@lru_cache(maxsize=32)
def weighted_of(task: Task) -> Weighted:
    """The clauses of a task with their weights, checked once.

    Raises:
        TaskError: when the spec holds none, or what is too large to judge.

    """
    formula = formula_of(task)
    try:
        return Weighted(formula.variables, formula.clauses, task.spec.get("weights"))  # type: ignore[arg-type]
    except FormatError as error:
        raise TaskError(f"the spec of task {task.id[:12]} holds no weights: {error}") from None
