"""The verifiers of ``sat/mcs`` and ``sat/mus``: a set of clauses is what it must be, and minimal.

What a task must hold in its ``spec``: an unsatisfiable formula (``variables``, ``clauses``),
``subset`` (``"mcs"`` or ``"mus"``), ``smallest`` (whether only a smallest one counts), ``target``
(with ``smallest`` its size, proved when the task was made; else a size that a set below success is
measured by) and ``floor``, the size of the smallest correction set or core that cheap heuristics
find.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from verigym.errors import TaskError
from verigym.task import Task
from verigym.verdict import Status, Verdict, correct, failed, graded
from verigym.verifiers import subsets
from verigym.verifiers.answer import answer_in
from verigym.verifiers.base import Verifier
from verigym.verifiers.cnf import Formula
from verigym.verifiers.sat import formula_of
from verigym.verifiers.sat_answers import read_clause_set
from verigym.verifiers.search import OutOfBudget


class ClauseSetVerifier(Verifier):
    """Reward 1 for a minimal set; for one that is not, up to 0.5 if it is smaller than cheap ones."""

    subset: ClassVar[str]
    check: ClassVar[Callable[[Formula, frozenset[int], bool], subsets.Found]]
    fails: ClassVar[str]
    """What to say of a set that is not of the kind that is asked for."""
    holds: ClassVar[str]

    def judge(self, task: Task, answer: str) -> Verdict:
        formula = formula_of(task)
        smallest, target, floor = self._asked(task, formula)
        chosen = read_clause_set(answer_in(answer), len(formula.clauses))
        evidence = {"size": len(chosen), "target": target, "floor": floor}
        try:
            found = type(self).check(formula, chosen, not smallest)
        except OutOfBudget as error:
            feedback = "Checking this set takes more search than is allowed."
            return failed(Status.BUDGET, feedback, evidence={**evidence, "error": str(error)})
        if not found.holds:
            return failed(Status.WRONG, self.fails, evidence=evidence)
        if not chosen:  # without which the others, that is all of them, have a model
            raise TaskError("the formula in the spec has a model; it must have none")
        if smallest and len(chosen) < target:
            raise TaskError(f"a set of {len(chosen)} is smaller than spec.target, {target}")
        if len(chosen) == target if smallest else found.spare is None:
            what = "smallest" if smallest else "minimal"
            return correct(f"{self.holds} It is {what}.", evidence=evidence)
        room = floor - target
        progress = (floor - len(chosen)) / room if room >= 2 else 0.0
        feedback = (
            f"{self.holds} There is a smaller one."
            if smallest
            else f"{self.holds} It is not minimal: clause {found.spare} is not needed in it."
        )
        return graded(progress, feedback, evidence=evidence)

    def _asked(self, task: Task, formula: Formula) -> tuple[bool, int, int]:
        spec, most = task.spec, len(formula.clauses)
        if spec.get("subset") != self.subset:
            raise TaskError(f"spec.subset is {spec.get('subset')!r}; it must be {self.subset!r}")
        smallest, target, floor = spec.get("smallest"), spec.get("target"), spec.get("floor")
        if type(smallest) is not bool:
            raise TaskError(f"spec.smallest is {smallest!r}; it must be true or false")
        if type(target) is not int or not 1 <= target <= most:
            raise TaskError(f"spec.target is {target!r}; it must be an int from 1 to {most}")
        if type(floor) is not int or not 1 <= floor <= most:
            raise TaskError(f"spec.floor is {floor!r}; it must be an int from 1 to {most}")
        return smallest, target, floor


class McsVerifier(ClauseSetVerifier):
    """A minimal correction set."""

    name = "sat.mcs"
    subset = "mcs"
    check = subsets.correction
    fails = "Without these clauses the others still have no model."
    holds = "Without these clauses the others have a model."


class MusVerifier(ClauseSetVerifier):
    """A minimal unsatisfiable subset."""

    name = "sat.mus"
    subset = "mus"
    check = subsets.core
    fails = "These clauses have a model."
    holds = "These clauses have no model."
