"""What ``sat/mcs`` and ``sat/mus`` share: formulas without a model, and sets of their clauses."""

from __future__ import annotations

import random
from abc import abstractmethod
from collections.abc import Collection, Mapping
from typing import Any, ClassVar

from verigym import seeding
from verigym.difficulty import Dial
from verigym.envs.sat.cores import Cores
from verigym.envs.sat.family import SatFamily
from verigym.envs.sat.solver import satisfiable
from verigym.errors import FamilyError
from verigym.task import Task
from verigym.verifiers.cnf import Formula
from verigym.verifiers.sat import formula_of

_PROMPT = """\
This formula cannot be made true. {asked}

{explained}

The clauses are numbered from 1 to {m}, in the order in which they are shown. Answer with the numbers \
of the clauses of the set, each once and in any order, and 0 at the end; or with {m} characters 0 and \
1, the first for clause 1, where 1 means that the clause is in the set. Write the answer, and nothing \
else, inside <answer> tags. For example, for two variables and the clauses `1 2`, `-1`, `-2`, `1` and \
`2`, {example}

{formula}"""


class ClauseSetFamily(SatFamily):
    """Find a minimal set of clauses of an unsatisfiable formula.

    By default clauses are of mixed lengths, as in SATQuest. Formulas for which a cheap answer would be
    right are drawn again.
    """

    satisfiable = False
    ratios: ClassVar = {2: 2.5, 3: 5.0, 4: 11.0, 5: 23.0}
    padding = 1.0
    knobs: ClassVar = {
        **SatFamily.knobs,
        "shape": SatFamily.knobs["shape"].replace("default random", "default mixed"),
        "smallest": "whether only a smallest set is right, not every minimal one (default False)",
    }
    dials: ClassVar = {"n": Dial(4, 150, (6, 9, 12, 16, 24))}
    mixed: ClassVar[float]
    """The default ratio of clauses of mixed lengths."""
    subset: ClassVar[str]
    example: ClassVar[Mapping[bool, str]]
    """By ``smallest``: what to say of the example."""
    asked: ClassVar[Mapping[bool, str]]

    def __init__(self, *, smallest: bool = False, **knobs: Any) -> None:
        if type(smallest) is not bool:
            raise FamilyError(f"smallest is {smallest!r}; it must be True or False")
        self.smallest = smallest
        super().__init__(**knobs)
        if smallest:
            self.config = {**self.config, "smallest": True}

    def configure(self, **knobs: Any) -> Mapping[str, Any]:
        knobs = {"shape": "mixed", **knobs}
        if knobs["shape"] == "mixed":
            knobs = {"ratio": self.mixed, **knobs}
        return super().configure(**knobs)

    def draw(self, rng: random.Random) -> Formula:
        """The first formula drawn that has no model, and of which no cheap answer is right.

        Raises:
            FamilyError: when none of :attr:`draws` is, or one is too hard to tell.

        """
        for _ in range(self.draws):
            formula = self.shape.build(rng, self.sizes)
            if not satisfiable(formula) and not self.cheap(formula):
                return formula
        raise self.no_formula(satisfiable=False)

    @abstractmethod
    def cheap(self, formula: Formula) -> bool:
        """Whether an answer that takes no search is right."""

    @abstractmethod
    def sizes_of(self, formula: Formula) -> tuple[int, int]:
        """(target, floor), as the verifier needs them."""

    @abstractmethod
    def holds(self, cores: Cores, chosen: Collection[int]) -> bool:
        """Whether a set is of the kind that is asked for, minimal or not."""

    @abstractmethod
    def found(self, formula: Formula) -> Collection[int]:
        """A set that is right."""

    def spec(self, formula: Formula) -> dict[str, Any]:
        target, floor = self.sizes_of(formula)
        with Cores(formula) as cores:
            blind = self.blind_sets(formula).values()
            floor = min([floor, *(len(chosen) for chosen in blind if self.holds(cores, chosen))])
        return {
            **super().spec(formula),
            "subset": self.subset,
            "smallest": self.smallest,
            "target": target,
            "floor": floor,
        }

    def difficulty(self, formula: Formula, spec: Mapping[str, Any]) -> dict[str, Any]:
        return {"size": spec["target"]} if self.smallest else {}

    def prompt(self, formula: Formula, spec: Mapping[str, Any]) -> str:
        return _PROMPT.format(
            asked=self.asked[self.smallest],
            example=self.example[self.smallest],
            explained=self.format.explained,
            m=len(formula.clauses),
            formula=self.format.fenced(formula),
        )

    def reference(self, task: Task) -> str:
        """A set that is right.

        Raises:
            FamilyError: when the verifier's budget does not suffice for it.

        """
        text = numbers_text(self.found(formula_of(task)))
        if not self.verify(task, text).correct:
            raise FamilyError(
                f"the set found for task {task.id[:12]} is too hard to check: pose smaller formulas"
            )
        return text

    def null_answers(self, task: Task) -> list[str]:
        """Answers that know nothing; those that happen to be right for an easy formula are left out."""
        formula = formula_of(task)
        m = len(formula.clauses)
        answers = ["", "0", "1", "1 0", f"{m} 0", "UNSATISFIABLE", "s UNSATISFIABLE", task.text]
        for chosen in self.blind_sets(formula).values():
            answers += [numbers_text(chosen), set_bits_text(chosen, m)]
        return [x for x in dict.fromkeys(answers) if not self.verify(task, x).correct]

    def cheap_answers(self, task: Task) -> Mapping[str, str]:
        """The sets that take no search, each by the heuristic that gives it."""
        sets = self.blind_sets(formula_of(task))
        lines = {name: numbers_text(chosen) for name, chosen in sets.items()}
        return {"empty": "", "copy of the prompt": task.text, **lines}

    def blind_sets(self, formula: Formula) -> dict[str, Collection[int]]:
        """Sets that need no search, by the heuristic that gives them."""
        m = len(formula.clauses)
        rng = random.Random(seeding.derive("blind sets", formula.variables, formula.clauses))
        return {
            "no clause": (),
            "all clauses": range(1, m + 1),
            "all but the last": range(1, m),
            "every other clause": range(1, m + 1, 2),
            "random clauses": [i for i in range(1, m + 1) if rng.getrandbits(1)],
        }

    def random_answer(self, task: Task, seed: int) -> str:
        rng = random.Random(seeding.derive("random answer", task.id, seed))
        m = len(task.spec["clauses"])
        return numbers_text([i for i in range(1, m + 1) if rng.getrandbits(1)])


def numbers_text(chosen: Collection[int]) -> str:
    """Numbers of clauses, in order, ended by 0."""
    return " ".join(map(str, (*sorted(chosen), 0)))


def set_bits_text(chosen: Collection[int], count: int) -> str:
    """A set of clauses as one bit for each of them."""
    inside = set(chosen)
    return "".join("1" if i in inside else "0" for i in range(1, count + 1))
