"""``sat/solve``: find a model of a satisfiable formula."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any, ClassVar

from verigym import seeding
from verigym.envs.sat.bank import SEARCHING, baseline, constants, guess, guesses, policies
from verigym.envs.sat.family import SatFamily
from verigym.envs.sat.solver import find_model
from verigym.envs.sat.texts import bits_text, literals_text
from verigym.errors import FamilyError
from verigym.task import Task
from verigym.verifiers.base import Verifier
from verigym.verifiers.cnf import Formula
from verigym.verifiers.sat import SolveVerifier, formula_of

_PROMPT = """\
Find values for the variables that make this formula true.

{explained}

Answer with every variable from 1 to {n} exactly once, as a literal (positive if the variable is true, \
negative if it is false), and 0 at the end; or with {n} characters 0 and 1, the first for variable 1. \
Write the answer, and nothing else, inside <answer> tags. For example, for two variables and the \
clauses `1 2` and `-1 2` it is <answer>-1 2 0</answer> or <answer>01</answer>.

{formula}"""


class SatSolve(SatFamily):
    """Find a model.

    Random formulas are drawn until one is satisfiable, never built around a model; crafted ones are the
    satisfiable twins of unsatisfiable formulas. Loaded ones that are
    unsatisfiable, or that the solver cannot tell within its limit, are refused (of a folder, skipped);
    ``sat/decide`` takes them.
    """

    name = "sat/solve"
    summary = "Find a model of a CNF formula; it is evaluated, clause by clause."
    verifier: ClassVar[Verifier] = SolveVerifier()
    satisfiable = True
    searching = SEARCHING
    ratios: ClassVar = {2: 0.9, 3: 4.2, 4: 9.7, 5: 20.5}

    def prompt(self, formula: Formula, spec: Mapping[str, Any]) -> str:
        return _PROMPT.format(
            explained=self.format.explained, n=formula.variables, formula=self.format.fenced(formula)
        )

    def spec(self, formula: Formula) -> dict[str, Any]:
        return {**super().spec(formula), "baseline": baseline(formula)}

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

    def cheap_answers(self, task: Task) -> Mapping[str, str]:
        """Nothing, the prompt, and what each heuristic of the bank finds."""
        found = policies(formula_of(task))
        models = {name: literals_text(model) for name, model in found.items()}
        return {"empty": "", "copy of the prompt": task.text, **models}

    def random_answer(self, task: Task, seed: int) -> str:
        rng = random.Random(seeding.derive("random answer", task.id, seed))
        return literals_text(guess(rng, formula_of(task)))
