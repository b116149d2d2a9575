"""``sat/solve``: find a model of a satisfiable formula."""

from __future__ import annotations

import random
from typing import Any, ClassVar

from verigym import seeding
from verigym.envs.sat.bank import baseline, constants, guess, guesses
from verigym.envs.sat.family import SatFamily
from verigym.envs.sat.generate import draw
from verigym.envs.sat.solver import Undecided, find_model
from verigym.envs.sat.texts import DIMACS_EXPLAINED, bits_text, fenced, literals_text
from verigym.errors import FamilyError
from verigym.task import Task
from verigym.verifiers.cnf import Formula
from verigym.verifiers.sat import SolveVerifier, formula_of

_PROMPT = """\
Find values for the variables that make this formula true.

{explained}

Answer with every variable from 1 to {n} exactly once, as a literal (positive if the variable is true, \
negative if it is false), and 0 at the end; or with {n} characters 0 and 1, the first for variable 1. \
Write the answer, and nothing else, inside <answer> tags. For example, `p cnf 2 2`, `1 2 0`, `-1 2 0` \
is answered by <answer>-1 2 0</answer> or by <answer>01</answer>.

{formula}"""


class SatSolve(SatFamily):
    """Find a model.

    Random formulas are drawn until one is satisfiable, never built around a model. Loaded ones that are
    unsatisfiable, or that the solver cannot tell within its limit, are refused (of a folder, skipped);
    ``sat/decide`` takes them.
    """

    name = "sat/solve"
    summary = "Find a model of a CNF formula; it is evaluated, clause by clause."
    verifier = SolveVerifier()
    ratios: ClassVar = {2: 0.9, 3: 4.2, 4: 9.7, 5: 20.5}

    def draw(self, rng: random.Random, n: int, m: int, k: int) -> Formula:
        return draw(rng, n, m, k, satisfiable=True)

    def prompt(self, formula: Formula) -> str:
        return _PROMPT.format(explained=DIMACS_EXPLAINED, n=formula.variables, formula=fenced(formula))

    def spec(self, formula: Formula) -> dict[str, Any]:
        return {**super().spec(formula), "baseline": baseline(formula)}

    def unfit(self, formula: Formula) -> str | None:
        try:
            return "it is unsatisfiable; sat/decide takes it" if find_model(formula) is None else None
        except Undecided as error:
            return str(error)

    def reference(self, task: Task) -> str:
        model = find_model(formula_of(task))
        if model is None:
            raise FamilyError(f"task {task.id[:12]} has no model: it is not a task of {self.name}")
        return literals_text(model)

    def null_answers(self, task: Task) -> list[str]:
        """Answers that know nothing; those that happen to be right for an easy formula are left out."""
        formula = formula_of(task)
        models = [*constants(formula), guesses(formula)[0]]
        labels = ["SATISFIABLE", "UNSATISFIABLE", "s SATISFIABLE", "s UNSATISFIABLE"]
        answers = ["", "0", *labels, task.text]
        answers += [write(model) for model in models for write in (bits_text, literals_text)]
        return [x for x in dict.fromkeys(answers) if not self.verify(task, x).correct]

    def random_answer(self, task: Task, seed: int) -> str:
        rng = random.Random(seeding.derive("random answer", task.id, seed))
        return literals_text(guess(rng, formula_of(task)))
