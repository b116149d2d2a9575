"""``sat/implicant``: few literals that make a formula true whatever the other variables are."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from verigym import seeding
from verigym.difficulty import Dial
from verigym.envs.sat.bank import SEARCHING, constants, guess, guesses, policies
from verigym.envs.sat.family import SatFamily
from verigym.envs.sat.implicants import (
    cheap,
    greedy,
    has_isolated_model,
    occurring,
    pruned,
    shorter,
    shortest,
)
from verigym.envs.sat.solver import find_model
from verigym.envs.sat.texts import bits_text, literals_text
from verigym.errors import FamilyError
from verigym.task import Task
from verigym.verifiers.cnf import Formula
from verigym.verifiers.implicant import ImplicantVerifier
from verigym.verifiers.sat import formula_of

_PROMPT = """\
Find a {what} implicant of this formula. An implicant is a list of literals, at most one of each \
variable, that makes the formula true whatever the values of the other variables are. {rule}

{explained}

Answer with the literals of the implicant in any order, each exactly once, with 0 at the end. Write \
the answer, and nothing else, inside <answer> tags. For example, for three variables and the clauses \
`1 2` and `-1 2 3` it is {example}

{formula}"""

_PRIME = (
    "It is prime when no literal can be left out: without it, the others are no implicant any more."
)
_PRIME_EXAMPLE = """\
<answer>1 3 0</answer>: 1 makes the first clause true and 3 the second, and neither can be left out. \
(`2 0` is right as well; `1 2 0` is not, because 1 can be left out.)"""
_SHORTEST = "It must be a shortest one: no implicant of this formula has fewer literals."
_SHORTEST_EXAMPLE = """\
<answer>2 0</answer>: 2 makes both clauses true. (`1 3 0` is an implicant too, but a longer one.)"""


class SatImplicant(SatFamily):
    """Find a prime implicant, or with ``shortest`` one of the least length.

    Generated formulas are such that taking the most frequent literals does not lead to an implicant,
    and (up to 20 variables) no model is prime; those for a shortest one such that no cheap heuristic
    finds it.
    """

    name = "sat/implicant"
    summary = "Find a prime (or shortest) implicant of a CNF formula; each literal must be needed."
    verifier = ImplicantVerifier()
    satisfiable = True
    searching = SEARCHING | {"the literals of a model", "random walk, made prime"}
    ratios: ClassVar = {2: 0.9, 3: 3.0, 4: 7.0, 5: 15.0}
    knobs: ClassVar = {
        **SatFamily.knobs,
        "shortest": "true: ask for a shortest implicant (default false: for any prime one)",
    }
    dials: ClassVar[Mapping[str, Dial]] = {"n": Dial(5, 200, (8, 12, 16, 24, 32))}

    def __init__(self, *, shortest: bool | None = None, **knobs: Any) -> None:
        self.shortest = False if shortest is None else shortest
        if type(self.shortest) is not bool:
            raise FamilyError(f"shortest is {shortest!r}; it must be true or false")
        super().__init__(**knobs)
        if self.shortest:
            self.config = {**self.config, "shortest": True}

    def unfit(self, formula: Formula) -> str | None:
        if reason := super().unfit(formula):
            return reason
        if self.shortest:
            return "cheap heuristics find a shortest implicant" if shorter(formula) is None else None
        if self._loaded:
            short = len(pruned(formula, find_model(formula) or ())) < occurring(formula)
            return None if short else "no literal of its model can be left out; sat/solve takes it"
        if greedy(formula) is not None:
            return "taking the most frequent literals leads to an implicant"
        if has_isolated_model(formula):
            return "one of its models is a prime implicant as it is"
        target, floor = self._lengths(formula)
        return "its implicants are hardly shorter than its models" if floor - target < 2 else None

    def _lengths(self, formula: Formula) -> tuple[int, int]:
        """(target, floor), the lengths at which all and at which nothing is reached."""
        found = [len(literals) for literals in cheap(formula)]
        if self.shortest:
            best = shortest(formula)
            if best is None:
                raise FamilyError("a formula without models has no implicant")
            return len(best), min([occurring(formula), *found])
        taken = greedy(formula)
        floor = min(occurring(formula), len(taken) if taken is not None else formula.variables)
        return min([floor, *found]), floor

    def spec(self, formula: Formula) -> dict[str, Any]:
        target, floor = self._lengths(formula)
        given = super().spec(formula)
        return {**given, "shortest": self.shortest, "target": target, "floor": floor}

    def difficulty(self, formula: Formula, spec: Mapping[str, Any]) -> dict[str, Any]:
        return {"shortest": self.shortest}

    def prompt(self, formula: Formula, spec: Mapping[str, Any]) -> str:
        return _PROMPT.format(
            what="shortest" if self.shortest else "prime",
            rule=_SHORTEST if self.shortest else _PRIME,
            example=_SHORTEST_EXAMPLE if self.shortest else _PRIME_EXAMPLE,
            explained=self.format.explained,
            formula=self.format.fenced(formula),
        )

    def reference(self, task: Task) -> str:
        formula = formula_of(task)
        model = find_model(formula)
        if model is None:
            raise FamilyError(f"task {task.id[:12]} has no model: it is not a task of {self.name}")
        if not task.spec["shortest"]:
            return literals_text(pruned(formula, model))
        return literals_text(shortest(formula) or ())

    def null_answers(self, task: Task) -> list[str]:
        """Models and what cheap heuristics find; those that happen to be right are left out."""
        formula = formula_of(task)
        models = [*constants(formula), guesses(formula)[0], find_model(formula) or ()]
        lists: list[Sequence[int]] = [(), (1,), (-1,), *models, greedy(formula) or ()]
        if task.spec["shortest"]:
            lists += cheap(formula)
        answers = ["", "s SATISFIABLE", task.text, *map(literals_text, lists), *map(bits_text, models)]
        return [x for x in dict.fromkeys(answers) if not self.verify(task, x).correct]

    def cheap_answers(self, task: Task) -> Mapping[str, str]:
        """Nothing, the prompt, assignments, and what greedy choices make of them."""
        formula = formula_of(task)
        lists: dict[str, Sequence[int]] = {
            "empty list": (),
            **policies(formula),
            "the most frequent literals": greedy(formula) or (),
            "the literals of a model": find_model(formula) or (),
            "random walk, made prime": min(cheap(formula), key=len, default=()),
        }
        found = {name: literals_text(literals) for name, literals in lists.items()}
        return {"empty": "", "copy of the prompt": task.text, **found}

    def random_answer(self, task: Task, seed: int) -> str:
        """A random assignment, made shorter as if it were a model."""
        rng = random.Random(seeding.derive("random answer", task.id, seed))
        formula = formula_of(task)
        return literals_text(pruned(formula, guess(rng, formula)))
