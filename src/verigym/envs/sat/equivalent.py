"""``sat/equivalent``: write a smaller formula with the same models."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any, ClassVar

from verigym import seeding
from verigym.difficulty import Dial
from verigym.envs.sat.family import SatFamily
from verigym.envs.sat.minimise import cheap, minimise
from verigym.envs.sat.redundancy import inject
from verigym.envs.sat.shapes.scramble import shuffled
from verigym.envs.sat.solver import Undecided, satisfiable
from verigym.errors import FamilyError, VerigymError
from verigym.task import Task
from verigym.verifiers import dimacs, search
from verigym.verifiers.cnf import Formula
from verigym.verifiers.equivalent import TABLE, EquivalentVerifier, different, given_of

MAX_VARIABLES = 100
MAX_SIZE = 4_000
MIN_GAP = 4
"""The least difference between what cheap means reach and the target."""
LUCK = 2
"""Clauses that may be left out before that is taken for progress."""
MAX_REDUNDANCY = 4.0

_PROMPT = """\
Write a smaller formula that is equivalent to this one: over the same variables, 1 to {n}, and true \
for exactly the same assignments of them. The size of a formula is the number of its clauses plus \
the number of literals in all its clauses together. This formula's size is {size}; yours must be at \
most {target}.

{explained}

Answer with a formula in DIMACS CNF, whatever form this one has: the header `p cnf {n} CLAUSES`, \
then the clauses, each as its literals followed by 0, where 5 stands for variable 5 and -5 for its \
negation. Write it, and nothing else, inside <answer> tags. For example, for the variables 1 and 2 \
and the clauses `1 2` and `1 -2`, which have the size 6, this is right, and has the size 2:
<answer>
p cnf 2 1
1 0
</answer>

{formula}"""


class SatEquivalent(SatFamily):
    """Write a smaller equivalent formula.

    Generated formulas are drawn from a shape and then said at greater length, in several ways that keep
    the models. The target is the size of a prime and irredundant form. Formulas that cheap means bring
    near the target are drawn again, or of loaded ones refused.
    """

    name = "sat/equivalent"
    summary = "Write a smaller equivalent CNF; truth tables, or two implications, are compared."
    verifier = EquivalentVerifier()
    satisfiable = True
    ratios: ClassVar = {2: 0.9, 3: 2.0, 4: 4.0, 5: 7.0}
    knobs: ClassVar[Mapping[str, str]] = {
        **SatFamily.knobs,
        "redundancy": "changes for each clause that make the formula longer, above 0 to "
        f"{MAX_REDUNDANCY:g} (default 1)",
    }
    dials: ClassVar[Mapping[str, Dial]] = {
        "n": Dial(4, MAX_VARIABLES, (6, 8, 12, 16, 24)),
        "redundancy": Dial(0.1, MAX_REDUNDANCY, (0.5, 0.75, 1.0, 1.5, 2.0)),
    }

    def configure(self, **knobs: Any) -> Mapping[str, Any]:
        value = knobs.pop("redundancy", None)
        value = 1.0 if value is None else value
        if type(value) not in (int, float) or not 0 < value <= MAX_REDUNDANCY:
            raise FamilyError(
                f"redundancy is {value!r}; it must be a number above 0, at most {MAX_REDUNDANCY:g}"
            )
        self.redundancy = float(value)
        return {**super().configure(**knobs), "redundancy": self.redundancy}

    def draw(self, rng: random.Random) -> Formula:
        for _ in range(self.draws):
            formula = self.shape.build(rng, self.sizes)
            if (reason := self._oversized(formula)) is not None:
                raise FamilyError(f"a formula of the shape {self.shape.name} is too large: {reason}")
            if self.shape.unsatisfiable:
                formula = self.shape.twin(rng, formula)
            if not satisfiable(formula):
                continue
            longer = inject(rng, formula, round(self.redundancy * len(formula.clauses)))
            if self.unfit(longer) is None:
                return longer
        raise self.no_formula(satisfiable=True)

    def _oversized(self, formula: Formula) -> str | None:
        for value, limit, what in (
            (formula.variables, MAX_VARIABLES, "variables"),
            (formula.size, MAX_SIZE, "clauses and literals together"),
        ):
            if value > limit:
                return f"it has {value:,} {what}; {self.name} takes at most {limit:,}"
        return None

    def unfit(self, formula: Formula) -> str | None:
        if (reason := self._oversized(formula)) is not None:
            return reason
        if not formula.clauses or not satisfiable(formula):
            return "it is constant"
        try:
            target = minimise(formula).size
        except search.OutOfBudget as error:
            raise Undecided(f"the formula is too hard to minimise: {error}") from None
        if floor(formula) - target < MIN_GAP:
            return "cheap simplification leaves nearly nothing to do"
        return None

    def spec(self, formula: Formula) -> dict[str, Any]:
        small = minimise(formula)
        if formula.variables <= TABLE and different(formula, small) is not None:
            raise VerigymError("minimising changed the models of a formula")
        return {
            "variables": formula.variables,
            "formula": formula.clauses,
            "target": small.size,
            "floor": floor(formula),
        }

    def difficulty(self, formula: Formula, spec: Mapping[str, Any]) -> dict[str, Any]:
        knob = {} if self._loaded else {"redundancy": self.redundancy}
        return {**knob, "size": formula.size, "target": spec["target"]}

    def prompt(self, formula: Formula, spec: Mapping[str, Any]) -> str:
        return _PROMPT.format(
            n=formula.variables,
            size=formula.size,
            target=spec["target"],
            explained=self.format.explained,
            formula=self.format.fenced(formula),
        )

    def reference(self, task: Task) -> str:
        return dimacs.write(minimise(given_of(task))).rstrip()

    def null_answers(self, task: Task) -> list[str]:
        formula = given_of(task)
        answers = ["", "true", "SATISFIABLE", "p cnf 0 0", task.text]
        answers += self.cheap_answers(task).values()
        return [x for x in dict.fromkeys(answers) if not self.verify(task, x).correct] + [
            dimacs.write(Formula(formula.variables, (*formula.clauses, formula.clauses[0]))).rstrip()
        ]

    def cheap_answers(self, task: Task) -> Mapping[str, str]:
        """Copies, what cheap simplification gives, a clause or a literal less, and constants."""
        formula = given_of(task)
        n, clauses = formula.variables, formula.clauses
        simple = cheap(formula).clauses
        by_length = sorted(simple, key=len)
        formulas: dict[str, list[tuple[int, ...]]] = {
            "copy": list(clauses),
            "cheap simplification": list(simple),
            "without the first clause": list(clauses[1:]),
            "without the longest clause": sorted(clauses, key=len)[:-1],
            "simplified, without the longest": by_length[:-1],
            "simplified, without the two longest": by_length[:-2],
            "simplified, without the first": list(simple[1:]),
            "without the first literal": [clauses[0][1:], *clauses[1:]],
            "the first half": list(clauses[: len(clauses) // 2]),
            "true": [],
            "false": [()],
            "all true": [(v,) for v in range(1, n + 1)],
            "all false": [(-v,) for v in range(1, n + 1)],
        }
        texts = {name: dimacs.write(Formula.of(n, some)).rstrip() for name, some in formulas.items()}
        return {"empty": "", "copy of the prompt": task.text, **texts}

    def random_answer(self, task: Task, seed: int) -> str:
        """The formula, after cheap simplification, with random clauses left out to meet the target."""
        rng = random.Random(seeding.derive("random answer", task.id, seed))
        formula = cheap(given_of(task))
        clauses = shuffled(rng, formula.clauses)
        while clauses and Formula.of(formula.variables, clauses).size > task.spec["target"]:
            clauses.pop()
        return dimacs.write(Formula.of(formula.variables, clauses)).rstrip()


def floor(formula: Formula) -> int:
    """The size from which on a formula is worth nothing.

    It is what cheap simplification reaches less its :data:`LUCK` longest clauses: one in three of those
    that are left can be spared, so that leaving one or two out at random must not be paid for.
    """
    simple = cheap(formula)
    lengths = sorted(map(len, simple.clauses), reverse=True)[:LUCK]
    return max(min(simple.size, formula.size) - sum(lengths) - len(lengths), 0)
