"""``sat/encode``: write a CNF, with auxiliary variables, for a constraint stated in words."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any, ClassVar

from verigym import seeding
from verigym.difficulty import Dial
from verigym.envs.sat.constraints import CONSTRAINTS
from verigym.envs.sat.constraints.builder import Builder
from verigym.envs.sat.constraints.sums import rows_of_sums
from verigym.envs.sat.knobs import MAX_SLACK, read_slack, whole
from verigym.envs.sat.shapes.scramble import shuffled
from verigym.errors import FamilyError, VerigymError
from verigym.family import GeneratedFamily, check_knobs
from verigym.task import Task
from verigym.verifiers import dimacs
from verigym.verifiers.cnf import Formula
from verigym.verifiers.cnf_answers import length, read_rows
from verigym.verifiers.encode import Budget, EncodeVerifier
from verigym.verifiers.projection import MAX_INPUTS, projection
from verigym.verifiers.truth import table

MAX_DRAWS = 1_000
MIN_MODELS = 8
"""Fewest assignments that satisfy a constraint, and fewest that do not."""
MIN_INPUTS = 6
MAX_PARTS = 3

_PROMPT = """\
Write a CNF formula that means a constraint on the inputs 1 to {k}.

The formula's variables are the inputs, which are variables 1 to {k}, and as many auxiliary variables \
from {first} on as you like within the budget. An assignment of the inputs must be extendable to a \
model of the formula, by some values of the auxiliary variables, exactly when it satisfies the \
constraint. A positive literal such as 2 is true when input 2 is, a negative one such as -2 when input \
2 is false.

The constraint, {all_of}:
{statement}

The budget: at most {clauses} clauses, at most {literals} literals in all clauses together, and at \
most {auxiliary} auxiliary variables.

Answer with the formula in DIMACS CNF: the header `p cnf VARIABLES CLAUSES`, where VARIABLES is {k} \
plus the number of auxiliary variables, then the clauses, each as its literals followed by 0. Write \
it, and nothing else, inside <answer> tags. For example, for the inputs 1 to 3 and the constraint \
"input 3 is true, or inputs 1 and 2 both are" this is right, where the auxiliary variable 4 stands for \
"both":
<answer>
p cnf 4 3
-4 1 0
-4 2 0
3 4 0
</answer>
"""


@dataclass(frozen=True)
class Part:
    """One constraint of a task, on some of the inputs."""

    kind: str
    literals: tuple[int, ...]
    parameters: Mapping[str, Any]

    @property
    def words(self) -> str:
        return CONSTRAINTS[self.kind].words(self.literals, self.parameters)

    def rows(self, inputs: int) -> int:
        """The assignments of the inputs that satisfy it."""
        rows = table(inputs)
        true = [rows.where(literal) for literal in self.literals]
        return CONSTRAINTS[self.kind].rows(true, rows.all, self.parameters)

    def encode(self, cnf: Builder) -> None:
        CONSTRAINTS[self.kind].encode(cnf, self.literals, self.parameters)

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "literals": self.literals, "parameters": self.parameters}


class SatEncode(GeneratedFamily):
    """Write a CNF for a constraint in words.

    The budget is the size of a reference encoding times ``slack``. Constraints whose falsifying
    assignments would fit into it, each forbidden by a clause of its own, are drawn again. No two splits
    share a constraint, in whatever words.

    Raises:
        FamilyError: for knobs out of range, or that leave no constraint to pose.

    """

    name = "sat/encode"
    summary = "Encode a constraint as CNF with auxiliary variables; compared on all assignments."
    verifier = EncodeVerifier()
    knobs: ClassVar[Mapping[str, str]] = {
        "k": f"inputs, {MIN_INPUTS} to {MAX_INPUTS} (default 8)",
        "parts": f"constraints that must hold together, 1 to {MAX_PARTS} (default 1)",
        "slack": f"the budget as a multiple of the reference, 1 to {MAX_SLACK:g} (default 1.5)",
        "kinds": f"which constraints, separated by commas: {', '.join(CONSTRAINTS)} (default all)",
        "seed": "another stream of tasks (default 0)",
    }
    dials: ClassVar[Mapping[str, Dial]] = {
        "k": Dial(MIN_INPUTS, MAX_INPUTS, (6, 8, 10, 12, 14)),
        "parts": Dial(1, MAX_PARTS, (1, 1, 1, 2, 2)),
        "slack": Dial(1, MAX_SLACK, (2.0, 1.5, 1.5, 1.25, 1.1), "down"),
    }

    def configure(self, **knobs: Any) -> Mapping[str, Any]:
        check_knobs(type(self), knobs)
        self.k = whole("k", knobs.get("k"), 8, MIN_INPUTS, MAX_INPUTS)
        self.parts = whole("parts", knobs.get("parts"), 1, 1, MAX_PARTS)
        self.slack = read_slack(knobs.get("slack"))
        kinds = knobs.get("kinds")
        names = list(CONSTRAINTS) if kinds is None else _names(kinds)
        self.kinds = [name for name in names if CONSTRAINTS[name].low <= self.k]
        if not self.kinds:
            raise FamilyError(
                f"none of {kinds} takes {self.k} inputs: choose a larger k or other kinds"
            )
        return {"k": self.k, "parts": self.parts, "slack": self.slack, "kinds": ",".join(self.kinds)}

    def generate(self, rng: random.Random, split: str, index: int) -> Task:
        for _ in range(MAX_DRAWS):
            parts = self._draw(rng)
            models = meaning(self.k, parts)
            if split_of(models) != split:
                continue
            formula = reference(self.k, parts)
            budget = self._budget(formula)
            if is_fit(self.k, parts, models, budget):
                return self._pose(parts, formula, models, budget, {"split": split, "index": index})
        raise FamilyError(
            f"none of {MAX_DRAWS} constraints of the kinds {', '.join(self.kinds)} on {self.k} inputs "
            f"is fit for {self.name} with a slack of {self.slack:g}: choose a larger k or a lower slack"
        )

    def _draw(self, rng: random.Random) -> list[Part]:
        parts = []
        for _ in range(self.parts):
            name = self.kinds[rng.randrange(len(self.kinds))]
            kind = CONSTRAINTS[name]
            spread = min(self.k - kind.low, 2 if self.parts == 1 else self.k) + 1
            most = self.k - rng.randrange(spread)
            chosen = shuffled(rng, range(1, self.k + 1))[: kind.takes(most)]
            literals = tuple([v if rng.getrandbits(1) else -v for v in chosen])
            parts.append(Part(name, literals, kind.draw(rng, len(literals))))
        return parts

    def _budget(self, formula: Formula) -> Budget:
        """A multiple of the reference; new variables are never forbidden altogether."""
        return Budget(
            clauses=math.ceil(self.slack * len(formula.clauses)),
            literals=math.ceil(self.slack * length(formula)),
            auxiliary=max(self.k, math.ceil(self.slack * (formula.variables - self.k))),
        )

    def _pose(
        self,
        parts: Sequence[Part],
        formula: Formula,
        models: int,
        budget: Budget,
        metadata: Mapping[str, Any],
    ) -> Task:
        if projection(formula, self.k) != models:
            raise VerigymError(f"the reference of {[part.to_json() for part in parts]} is wrong")
        return Task(
            family=self.name,
            version=self.version,
            prompt=_PROMPT.format(
                k=self.k,
                first=self.k + 1,
                all_of="of which inputs that are not mentioned are free"
                if len(parts) == 1
                else "which is that all of these hold, where inputs that are not mentioned are free",
                statement="\n".join(f"{number}. {part.words}" for number, part in enumerate(parts, 1)),
                **vars(budget),
            ),
            spec={
                "inputs": self.k,
                "models": f"{models:x}",
                "budget": vars(budget),
                "floor": floor(self.k, parts, models, budget),
                "parts": [part.to_json() for part in parts],
            },
            difficulty={
                "k": self.k,
                "parts": len(parts),
                "slack": self.slack,
                "kinds": sorted({part.kind for part in parts}),
                "clauses": len(formula.clauses),
            },
            metadata=metadata,
        )

    def reference(self, task: Task) -> str:
        parts = [Part(**part) for part in task.spec["parts"]]
        return dimacs.write(reference(task.spec["inputs"], parts)).rstrip()

    def null_answers(self, task: Task) -> list[str]:
        """Answers that know nothing, and those of the cheap policies that are not right."""
        k = task.spec["inputs"]
        units = [[literal] for v in range(1, k + 1) for literal in (v, -v)]
        answers = ["true", "false", "SATISFIABLE", "UNSATISFIABLE", "p cnf 0 0"]
        answers += [dimacs.write(Formula.of(k, [unit])).rstrip() for unit in units]
        answers += self.cheap_answers(task).values()
        return [x for x in dict.fromkeys(answers) if not self.verify(task, x).correct]

    def cheap_answers(self, task: Task) -> Mapping[str, str]:
        """Constants, encodings that fit no constraint in particular, and the table written out."""
        k, budget = task.spec["inputs"], task.spec["budget"]
        inputs, opposites = range(1, k + 1), range(-k, 0)
        rows = table(k)
        wrong = rows.all & ~read_rows(task.spec, "models", k)
        table_ = [tuple([-x for x in row]) for row in rows.assignments(wrong)]
        formulas: dict[str, list[tuple[int, ...]]] = {
            "true": [],
            "false": [()],
            "tautology": [(1, -1)],
            "some input": [tuple(inputs)],
            "no input": [(x,) for x in opposites],
            "all inputs": [(x,) for x in inputs],
            "not all inputs": [tuple(opposites)],
            "at most one input": list(combinations(opposites, 2)),
            "exactly one input": [tuple(inputs), *combinations(opposites, 2)],
            "all but one input": list(combinations(inputs, 2)),
            "inputs in order": [(v, -v - 1) for v in inputs[:-1]],
            "the table written out": table_,
            "as much of it as fits": table_[: min(budget["clauses"], budget["literals"] // k)],
        }
        texts = {name: dimacs.write(Formula.of(k, some)).rstrip() for name, some in formulas.items()}
        return {"empty": "", "copy of the prompt": task.text, **texts}

    def random_answer(self, task: Task, seed: int) -> str:
        """Random clauses of three inputs, of half the budget."""
        rng = random.Random(seeding.derive("random answer", task.id, seed))
        k, budget = task.spec["inputs"], task.spec["budget"]
        clauses = [
            [v if rng.getrandbits(1) else -v for v in shuffled(rng, range(1, k + 1))[:3]]
            for _ in range(min(budget["clauses"], budget["literals"] // 3) // 2)
        ]
        return dimacs.write(Formula.of(k, clauses)).rstrip()


def reference(inputs: int, parts: Sequence[Part]) -> Formula:
    """The encodings of all parts, one after the other."""
    cnf = Builder(inputs)
    for part in parts:
        part.encode(cnf)
    return cnf.formula


def meaning(inputs: int, parts: Sequence[Part]) -> int:
    """The assignments of the inputs that satisfy all parts."""
    rows = table(inputs).all
    for part in parts:
        rows &= part.rows(inputs)
    return rows


def split_of(models: int) -> str:
    """The one split that may ask for a meaning: there are few, and other words may have the same."""
    return seeding.SPLITS[seeding.derive("sat/encode split", f"{models:x}") % len(seeding.SPLITS)]


def is_fit(inputs: int, parts: Sequence[Part], models: int, budget: Budget) -> bool:
    """Whether a constraint is neither nearly constant nor small enough to be written out."""
    right = models.bit_count()
    written = 0  # clauses that forbid each falsifying assignment of each part's own inputs
    for part in parts:
        wrong = (1 << inputs) - part.rows(inputs).bit_count()
        written += wrong >> (inputs - len(part.literals))
    return MIN_MODELS <= right <= (1 << inputs) - MIN_MODELS and written > budget.clauses


def floor(inputs: int, parts: Sequence[Part], models: int, budget: Budget) -> float:
    """The most that any cheap encoding reaches that errs on one side only; 1 where that is nearly all.

    Cheap are: a single clause or cube of at most three inputs; all clauses of at most two that follow,
    together; one part alone; a counting constraint on the literals of a part; the assignments written
    out one by one until the budget is full.
    """
    rows = table(inputs)
    wrong = rows.all & ~models
    used = {abs(literal) for part in parts for literal in part.literals}
    free = inputs - len(used)
    right_count, wrong_count = models.bit_count() >> free, wrong.bit_count() >> free
    best = min(budget.clauses, budget.literals // len(used)) / wrong_count
    listed = min(budget.auxiliary, budget.literals // (2 * len(used) + 1))
    best = max(best, max(listed, 1) / right_count)

    follows = 0
    for size in (1, 2, 3):
        for variables in combinations(sorted(used), size):
            for signs in product((1, -1), repeat=size):
                cube = rows.all
                for v, sign in zip(variables, signs, strict=True):
                    cube &= rows.where(sign * v)
                if not cube & models:
                    best = max(best, cube.bit_count() / wrong.bit_count())
                    if size < 3:
                        follows |= cube
                elif not cube & wrong:
                    best = max(best, cube.bit_count() / models.bit_count())
    best = max(best, follows.bit_count() / wrong.bit_count())
    for guess in _guesses(inputs, parts):
        best = max(best, _index(guess, models, rows.all))
    return 1.0 if (1 - best) * min(right_count, wrong_count) < 2 else best


def _guesses(inputs: int, parts: Sequence[Part]) -> list[int]:
    """The meanings of simpler constraints on the same literals."""
    rows = table(inputs)
    found = [part.rows(inputs) for part in parts] if len(parts) > 1 else []
    for part in parts:
        true = [rows.where(literal) for literal in part.literals]
        sums = rows_of_sums(true, [1] * len(true), rows.all)
        odd = below = 0
        for total in sorted(sums):
            odd |= sums[total] if total % 2 else 0
            below |= sums[total]
            found += [sums[total], rows.all & ~sums[total], below, rows.all & ~below]
        found += [odd, rows.all & ~odd]
    return found


def _index(found: int, models: int, everything: int) -> float:
    """Youden's index of a meaning that errs on one side; 0 for one that errs on both, or is right."""
    lost, extra = (models & ~found).bit_count(), (found & ~models).bit_count()
    if bool(lost) == bool(extra):
        return 0.0
    right = models.bit_count()
    return 1 - lost / right - extra / (everything.bit_length() - right)


def _names(kinds: Any) -> list[str]:
    names = sorted({name.strip() for name in kinds.split(",")}) if type(kinds) is str else [kinds]
    for name in names:
        if name not in CONSTRAINTS:
            raise FamilyError(f"kinds has {name!r}; there are: {', '.join(CONSTRAINTS)}")
    return names
