"""What the families over one CNF formula share: knobs, generated or loaded formulas, tasks.

The same class poses generated formulas (a ``shape`` and its sizes) and published ones (``data``); once
there is a formula, both go the same way: is it fit, what does the verifier need, how is it shown.
"""

from __future__ import annotations

import random
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from verigym.difficulty import Dial
from verigym.envs.sat import shapes
from verigym.envs.sat.bank import constants
from verigym.envs.sat.either import EitherFamily
from verigym.envs.sat.formats import FORMATS, format_named
from verigym.envs.sat.load import load_formulas
from verigym.envs.sat.satquest import Member, holds_records, load_records
from verigym.envs.sat.solver import Undecided, satisfiable
from verigym.errors import FamilyError
from verigym.task import Task
from verigym.verifiers.cnf import Formula

MAX_DRAWS = 1_000
CRAFTED_DRAWS = 100
"""For crafted shapes, whose formulas of one size differ little, and take longer to make."""


class SatFamily(EitherFamily):
    """Tasks over one CNF formula each, generated or loaded.

    Raises:
        FamilyError: for knobs that do not fit together, and for data that holds nothing to pose.

    """

    knobs: ClassVar[Mapping[str, str]] = {
        "shape": f"how formulas are made: {', '.join(shapes.SHAPES)} (default random)",
        **shapes.knobs(),
        "format": f"how the formula is shown: {', '.join(FORMATS)} (default dimacs)",
        "seed": "another stream of tasks (default 0)",
        "data": "instead of a shape: a DIMACS file (.cnf, .dimacs, also .gz) or a folder of them; or "
        "SATQuest's records (.jsonl, .json, also .gz)",
    }
    dials: ClassVar[Mapping[str, Dial]] = {"n": Dial(5, 200, (8, 16, 32, 64, 128))}
    shown: ClassVar[frozenset[str]] = frozenset({"format"})
    ratios: ClassVar[Mapping[Any, float]]
    """The default ratio of clauses to variables, for each length of clauses."""
    padding: ClassVar[float] = 0.0
    """The default padding of crafted formulas, more than none where they are too bare without it."""
    satisfiable: ClassVar[bool | None]
    """Which formulas it is about: those that have a model, those that have none; None for any."""

    def set_beside_data(self, **knobs: Any) -> None:
        self.format = format_named(knobs.get("format", "dimacs"))

    def configure(self, **knobs: Any) -> Mapping[str, Any]:
        self.set_beside_data(**knobs)
        name = knobs.get("shape", "random")
        self.shape = shapes.shape_named(name)
        others = set(shapes.knobs()) - set(self.shape.sizes)
        if foreign := sorted(key for key in others & set(knobs) if knobs[key] is not None):
            has = ", ".join(self.shape.sizes)
            raise FamilyError(f"the shape {name} has no {foreign[0]}; it has {has}")
        if "padding" in self.shape.sizes and knobs.get("padding") is None:
            knobs = {**knobs, "padding": self.padding}
        self.sizes = self.shape.configure(knobs, self.ratios)
        return {"shape": name, **self.sizes, "format": knobs.get("format", "dimacs")}

    def generate(self, rng: random.Random, split: str, index: int) -> Task:
        return self.pose(self.draw(rng), {"split": split, "index": index})

    def draw(self, rng: random.Random) -> Formula:
        """The first formula drawn that is fit for this family, and true for no constant assignment.

        Raises:
            FamilyError: when none of :attr:`draws` is, or one is too hard to tell.

        """
        for _ in range(self.draws):
            formula = self.shape.build(rng, self.sizes)
            if self.satisfiable and self.shape.unsatisfiable:
                formula = self.shape.twin(rng, formula)
            if not is_trivial(formula) and self.unfit(formula) is None:
                return formula
        raise self.no_formula(self.satisfiable)

    @property
    def draws(self) -> int:
        """How many formulas to draw before there is none that is fit."""
        return CRAFTED_DRAWS if self.shape.unsatisfiable else MAX_DRAWS

    def no_formula(self, satisfiable: bool | None) -> FamilyError:
        """The error for when no formula drawn is fit; ``satisfiable`` says which were looked for."""
        sizes = ", ".join(f"{name} = {value}" for name, value in self.sizes.items())
        way = {True: ": choose a lower ratio", False: ": choose a higher ratio", None: ""}
        hint = way[satisfiable] if "ratio" in self.sizes else ": choose other sizes"
        return FamilyError(
            f"none of {self.draws} formulas of the shape {self.shape.name} ({sizes}) is fit for "
            f"{self.name}{hint}"
        )

    def unfit(self, formula: Formula) -> str | None:
        """Why this formula cannot be posed, or None.

        A loaded formula is then refused; a generated one is drawn again.

        Raises:
            Undecided: when it is too hard to tell.

        """
        if self.satisfiable is None or satisfiable(formula) == self.satisfiable:
            return None
        return f"it is {'un' if self.satisfiable else ''}satisfiable; sat/decide takes it"

    @abstractmethod
    def prompt(self, formula: Formula, spec: Mapping[str, Any]) -> str:
        """What the policy sees; ``self.format`` shows the formula."""

    def spec(self, formula: Formula) -> dict[str, Any]:
        """What the verifier needs: a pure function of the formula."""
        return {"variables": formula.variables, "clauses": formula.clauses}

    def difficulty(self, formula: Formula, spec: Mapping[str, Any]) -> dict[str, Any]:
        """How hard this task is, in numbers."""
        return {}

    def pose(self, formula: Formula, metadata: Mapping[str, Any]) -> Task:
        """The task over a formula."""
        sizes = {} if self._loaded else {"shape": self.shape.name, **self.sizes}
        spec = self.spec(formula)
        return Task(
            family=self.name,
            version=self.version,
            prompt=self.prompt(formula, spec),
            spec=spec,
            difficulty={
                **sizes,
                "n": formula.variables,
                "clauses": len(formula.clauses),
                **self.difficulty(formula, spec),
            },
            metadata=metadata,
        )

    def load(self, data: Any) -> list[tuple[str, Formula]]:
        """(where it is from, formula) of all that the data holds, in order."""
        return load_formulas(data)

    def what(self, data: Any) -> str:
        return "records" if holds_records(data) else "files"

    def tasks_from(self, data: Any) -> list[Task]:
        if holds_records(data):
            members = load_records(data, self.satisfiable)
        else:
            members = [Member(file, formula) for file, formula in self.load(data)]
        fit = []
        for member in members:
            reason = member.formula.oversized() or self._unfit(member.formula)
            if reason is None:
                fit.append(member)
            else:
                self.skipped = {**self.skipped, member.source: reason}
        return [
            self.pose(
                member.formula,
                {
                    "split": "test",
                    "index": index,
                    "source": member.source,
                    **({} if member.pair is None else {"pair": member.pair}),
                },
            )
            for index, member in enumerate(fit)
        ]

    def _unfit(self, formula: Formula) -> str | None:
        try:
            return self.unfit(formula)
        except Undecided as error:
            return str(error)


def is_trivial(formula: Formula) -> bool:
    """Whether a constant assignment, or the majority polarity of each variable, is a model."""
    return any(formula.satisfied(model) == len(formula.clauses) for model in constants(formula))
