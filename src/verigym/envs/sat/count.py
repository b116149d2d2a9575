"""``sat/count``: how many models a formula has, exactly; or how many that differ in some variables."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, ClassVar

from verigym import seeding
from verigym.difficulty import Dial
from verigym.envs.sat import projection
from verigym.envs.sat.counting import count_models
from verigym.envs.sat.family import SatFamily
from verigym.envs.sat.load import load_formulas
from verigym.envs.sat.projection import Projected
from verigym.envs.sat.units import propagate
from verigym.errors import FamilyError
from verigym.task import Task
from verigym.verifiers.cnf import Formula
from verigym.verifiers.count import CountVerifier
from verigym.verifiers.sat import formula_of

_PROMPT = """\
Count the models of this formula: {what}

{explained}

Answer with the number in decimal digits, and nothing else, inside <answer> tags. For example, for \
{example}

{formula}"""

_ALL = "of all assignments of true and false to the variables 1 to {n}, how many make it true?"
_ALL_EXAMPLE = """\
three variables and the clauses `1 2` and `-1 2` it is <answer>4</answer>: variable 2 must be true, \
and each choice for variables 1 and 3 (which is in no clause, and counts all the same) is a model."""
_SHOWN = """\
but count models that agree on these variables as one. That is, of all assignments to the variables \
shown below, how many can be extended by values for the other variables to one that makes it true?

The variables shown, as in DIMACS ended by 0:
{show}"""
_SHOWN_EXAMPLE = """\
three variables of which 2 and 3 are shown and the clauses `1 2` and `-1 2` it is \
<answer>2</answer>: variable 2 must be true, variable 3 (which is in no clause, and counts all the \
same) may be either, and variable 1 is not shown."""


LEAST_SHOWN = 5
"""Fewest variables that a generated task shows; with fewer, one number is right for most tasks."""


class SatCount(SatFamily):
    """Count models.

    Formulas are satisfiable, and their count is none that could be had without counting: not what unit
    propagation leaves, not 0, 1 or a power of two for all variables, not the expectation of random
    formulas, not a number in the prompt.
    """

    name = "sat/count"
    summary = "Count the models of a CNF formula, also projected; the exact number or nothing."
    verifier = CountVerifier()
    satisfiable = True
    ratios: ClassVar = {2: 0.7, 3: 2.0, 4: 4.0, 5: 8.0}
    knobs: ClassVar = {
        **SatFamily.knobs,
        "project": "count only what differs in so many variables, at least 5 (default 0: in all)",
    }
    dials: ClassVar[Mapping[str, Dial]] = {"n": Dial(8, 28, (8, 10, 12, 16, 20))}

    def __init__(self, *, project: int | None = None, **knobs: Any) -> None:
        self.project = 0 if project is None else project
        if type(self.project) is not int or 0 != self.project < LEAST_SHOWN:
            raise FamilyError(
                f"project is {project!r}; it must be 0 (all variables) or an int from {LEAST_SHOWN} up"
            )
        super().__init__(**knobs)
        if self.project:
            self.config = {**self.config, "project": self.project}

    def load(self, data: Any) -> list[tuple[str, Formula]]:
        return load_formulas(data, projection.read)

    def shown_in(self, formula: Formula) -> tuple[int, ...] | None:
        """The variables that are shown; None for all. What a file says goes before ``project``.

        Raises:
            FamilyError: when more are to be shown than there are.

        """
        if isinstance(formula, Projected):
            return formula.shown
        if not self.project:
            return None
        if self.project > formula.variables:
            raise FamilyError(
                f"project is {self.project}, but a formula has {formula.variables} variables"
            )
        rng = random.Random(seeding.derive("sat projection", formula.variables, formula.clauses))
        shown: set[int] = set()
        while len(shown) < self.project:
            shown.add(1 + rng.randrange(formula.variables))
        return tuple(sorted(shown))

    def no_formula(self, satisfiable: bool | None) -> FamilyError:
        if not self.project:
            return super().no_formula(satisfiable)
        how = f"project = {self.project}: choose about half of the variables, or a higher ratio"
        return FamilyError(f"{super().no_formula(None)} with {how}")

    def unfit(self, formula: Formula) -> str | None:
        left = propagate(formula.clauses)
        if left is None:
            return "it is unsatisfiable: its count is 0"
        if not left[1]:
            return "unit propagation alone counts its models"
        shown = self.shown_in(formula)
        count = count_models(formula, shown)
        if count in guesses(formula, shown):
            return f"its count, {count}, can be had without counting"
        return None

    def spec(self, formula: Formula) -> dict[str, Any]:
        shown = self.shown_in(formula)
        projected = {} if shown is None else {"shown": shown}
        return {**super().spec(formula), **projected, "count": count_models(formula, shown)}

    def difficulty(self, formula: Formula, spec: Mapping[str, Any]) -> dict[str, Any]:
        return {"project": len(spec["shown"])} if "shown" in spec else {}

    def prompt(self, formula: Formula, spec: Mapping[str, Any]) -> str:
        shown = spec.get("shown")
        if shown is None:
            what, example = _ALL.format(n=formula.variables), _ALL_EXAMPLE
        else:
            what, example = _SHOWN.format(show=projection.show_line(shown)), _SHOWN_EXAMPLE
        return _PROMPT.format(
            what=what,
            explained=self.format.explained,
            example=example,
            formula=self.format.fenced(formula),
        )

    def reference(self, task: Task) -> str:
        return str(task.spec["count"])

    def null_answers(self, task: Task) -> list[str]:
        """Numbers that need no counting; those that happen to be right are left out."""
        numbers = sorted(guesses(formula_of(task), task.spec.get("shown")))
        answers = ["", "many", "SATISFIABLE", "s SATISFIABLE", task.text, *map(str, numbers)]
        answers += ["-1", "2^n", f"2^{task.spec['variables']}"]
        return [x for x in dict.fromkeys(answers) if not self.verify(task, x).correct]

    def cheap_answers(self, task: Task) -> Mapping[str, str]:
        """Nothing, the prompt, numbers that it names, and expectations of random formulas."""
        formula, n = formula_of(task), task.spec["variables"]
        forced, left = propagate(formula.clauses) or ((), formula.clauses)
        return {
            "empty": "",
            "copy of the prompt": task.text,
            "zero": "0",
            "one": "1",
            "number of variables": str(n),
            "number of clauses": str(len(formula.clauses)),
            "all assignments": str(1 << n),
            "expected of random formulas": str(round(expectation(formula.clauses, n))),
            "expected after propagation": str(round(expectation(left, n - len(forced)))),
        }

    def random_answer(self, task: Task, seed: int) -> str:
        """A number near what random formulas of this size are expected to have."""
        rng = random.Random(seeding.derive("random answer", task.id, seed))
        formula = formula_of(task)
        return str(rng.randrange(2 * math.ceil(expectation(formula.clauses, formula.variables)) + 2))


def expectation(clauses: Any, variables: int) -> Fraction:
    """How many of ``2**variables`` assignments satisfy all the clauses if these were independent."""
    good, bits = 1, variables
    for clause in clauses:
        literals = set(clause)
        if not any(-literal in literals for literal in literals):
            good *= (1 << len(literals)) - 1
            bits -= len(literals)
    return Fraction(good) * Fraction(2) ** bits


def guesses(formula: Formula, shown: tuple[int, ...] | None) -> set[int]:
    """What a count may be taken for without counting: constants, sizes, powers of two, expectations.

    The expectations are of the formula and of what unit propagation leaves, rounded in each direction.
    """
    n = formula.variables
    p = n if shown is None else len(shown)
    found = {0, 1, n, p, len(formula.clauses), 1 << n, 1 << p}
    forced, left = propagate(formula.clauses) or ((), formula.clauses)
    open_ = n - len(forced)
    kept = open_ if shown is None else len(set(shown) - set(map(abs, forced)))
    found |= {1 << open_, 1 << kept}
    for clauses, variables in ((formula.clauses, n), (formula.clauses, p), (left, open_), (left, kept)):
        expected = min(expectation(clauses, variables), Fraction(1 << p))
        found |= {math.floor(expected), round(expected), math.ceil(expected)}
    return found
