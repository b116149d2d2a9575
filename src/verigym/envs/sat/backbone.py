"""``sat/backbone``: all literals that hold in every model of a formula."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from verigym import seeding
from verigym.difficulty import Dial
from verigym.envs.sat.backbones import backbone, floor, one_sided
from verigym.envs.sat.bank import constants, guess, guesses, policies
from verigym.envs.sat.family import SatFamily
from verigym.envs.sat.solver import find_model
from verigym.envs.sat.texts import bits_text, literals_text
from verigym.envs.sat.units import propagate
from verigym.errors import FamilyError
from verigym.task import Task
from verigym.verifiers.backbone import BackboneVerifier
from verigym.verifiers.cnf import Formula
from verigym.verifiers.sat import formula_of

_PROMPT = """\
Find the backbone of this satisfiable formula: all literals that are true in every assignment that \
makes the formula true.

{explained}

Answer with the literals of the backbone in any order, each exactly once, with 0 at the end: positive \
for a variable that is true in every such assignment, negative for one that is false in every such \
assignment. Write the answer, and nothing else, inside <answer> tags. For example, for three variables \
and the clauses `1 2` and `-1 2` it is <answer>2 0</answer>: variable 2 must be true, while 1 and 3 \
may be either.

{formula}"""


class SatBackbone(SatFamily):
    """Find the backbone.

    It has at least ``hidden`` literals that unit propagation does not give, leaves at least two
    variables free, and is not what the heuristics behind :func:`verigym.envs.sat.backbones.floor`
    answer.
    """

    name = "sat/backbone"
    summary = "Find all literals that hold in every model of a CNF formula; the set is compared."
    verifier = BackboneVerifier()
    satisfiable = True
    ratios: ClassVar = {2: 0.9, 3: 4.0, 4: 9.2, 5: 19.5}
    padding = 0.5
    knobs: ClassVar = {
        **SatFamily.knobs,
        "hidden": "least number of backbone literals that unit propagation does not give (default 3)",
    }
    dials: ClassVar[Mapping[str, Dial]] = {
        "n": Dial(5, 200, (8, 12, 16, 24, 40)),
        "hidden": Dial(1, 100, (2, 3, 4, 6, 8)),
    }

    def configure(self, **knobs: Any) -> Mapping[str, Any]:
        hidden = knobs.pop("hidden", None)
        self.hidden = 3 if hidden is None else hidden
        if type(self.hidden) is not int or not 1 <= self.hidden <= 1_000:
            raise FamilyError(f"hidden is {self.hidden!r}; it must be an int from 1 to 1000")
        return {**super().configure(**knobs), "hidden": self.hidden}

    def no_formula(self, satisfiable: bool | None) -> FamilyError:
        return FamilyError(f"{super().no_formula(None)}; it needs hidden = {self.hidden}: choose less")

    def unfit(self, formula: Formula) -> str | None:
        literals = backbone(formula)
        if literals is None:
            return super().unfit(formula)
        least = 1 if self._loaded else self.hidden
        forced, _ = propagate(formula.clauses) or (set(), [])
        hidden = len(set(literals) - forced)
        if hidden < least:
            return (
                f"its backbone has {hidden} literals that unit propagation does not give, not {least}"
            )
        if len(literals) > formula.variables - 2:
            return f"its backbone leaves {formula.variables - len(literals)} variables free, not two"
        if floor(formula, literals) == len(literals):
            return "its backbone can be guessed from how often each literal occurs"
        return None

    def spec(self, formula: Formula) -> dict[str, Any]:
        literals = backbone(formula) or ()
        return {**super().spec(formula), "backbone": literals, "floor": floor(formula, literals)}

    def difficulty(self, formula: Formula, spec: Mapping[str, Any]) -> dict[str, Any]:
        return {} if self._loaded else {"hidden": self.hidden}

    def prompt(self, formula: Formula, spec: Mapping[str, Any]) -> str:
        return _PROMPT.format(explained=self.format.explained, formula=self.format.fenced(formula))

    def reference(self, task: Task) -> str:
        return literals_text(task.spec["backbone"])

    def null_answers(self, task: Task) -> list[str]:
        """What needs no search, and a model; those that happen to be right are left out."""
        formula = formula_of(task)
        forced, _ = propagate(formula.clauses) or (set(), [])
        models = [*constants(formula), guesses(formula)[0], find_model(formula) or ()]
        lists: list[Sequence[int]] = [(), (1,), (-1,), sorted(forced, key=abs), *models]
        for order in one_sided(formula):
            lists += [order[:size] for size in (1, 2, len(task.spec["backbone"]), len(order))]
        answers = ["", "s SATISFIABLE", task.text, *map(literals_text, lists), *map(bits_text, models)]
        return [x for x in dict.fromkeys(answers) if not self.verify(task, x).correct]

    def cheap_answers(self, task: Task) -> Mapping[str, str]:
        """Nothing, the prompt, what needs no search, and the literals of one model."""
        formula = formula_of(task)
        forced, _ = propagate(formula.clauses) or (set(), [])
        by_difference, by_ratio = one_sided(formula)
        lists: dict[str, Sequence[int]] = {
            "empty list": (),
            "unit propagation": sorted(forced, key=abs),
            "the most one-sided quarter": by_difference[: formula.variables // 4],
            "the purest quarter": by_ratio[: formula.variables // 4],
            **policies(formula),
            "the literals of a model": find_model(formula) or (),
        }
        found = {name: literals_text(literals) for name, literals in lists.items()}
        return {"empty": "", "copy of the prompt": task.text, **found}

    def random_answer(self, task: Task, seed: int) -> str:
        """Random literals of a random half of the variables."""
        rng = random.Random(seeding.derive("random answer", task.id, seed))
        return literals_text([x for x in guess(rng, formula_of(task)) if rng.getrandbits(1)])
