"""``sat/interpolant``: write a formula over shared variables that stands between two formulas."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any, ClassVar

from verigym import seeding
from verigym.difficulty import Dial
from verigym.envs.sat.either import EitherFamily
from verigym.envs.sat.formats import FORMATS, format_named
from verigym.envs.sat.knobs import MAX_SLACK, read_slack, whole
from verigym.envs.sat.load import load_formulas
from verigym.envs.sat.pairs import MAX_SHARED, Clause, Pair, cut_pairs, draw_pair
from verigym.envs.sat.shapes.scramble import shuffled
from verigym.envs.sat.solver import Undecided, satisfiable
from verigym.envs.sat.units import propagate
from verigym.errors import FamilyError, VerigymError
from verigym.task import Task
from verigym.verifiers import dimacs
from verigym.verifiers.cnf import Formula
from verigym.verifiers.interpolant import InterpolantVerifier, rows_of
from verigym.verifiers.search import OutOfBudget
from verigym.verifiers.truth import table

MAX_DRAWS = 2_000
MIN_SHARED = 4
MIN_LOCAL, MAX_LOCAL = 2, 8
MIN_CLAUSES = 3
"""Fewest clauses of the reference."""

_PROMPT = """\
The formulas A and B have no model in common. Write a Craig interpolant of them: a CNF formula I in \
which only variables occur that A and B share, such that every model of A is a model of I, and no \
assignment is a model of both I and B. The shared variables are {shared}.

A and B are shown one after the other, each by itself. {explained}

The budget: at most {clauses} clauses, and at most {literals} literals in all clauses together.

Answer with the formula in DIMACS CNF, whatever form A and B have: the header `p cnf {n} CLAUSES`, \
then the clauses, each as its literals followed by 0, where 5 stands for variable 5 and -5 for its \
negation. Write it, and nothing else, inside <answer> tags. For example, if A has the clauses `1 2` \
and `-1 2`, and B has `-2 3` and `-2 -3`, the shared variable is 2, and this is right:
<answer>
p cnf 3 1
2 0
</answer>

Formula A:

{first}

Formula B:

{second}"""


@dataclass(frozen=True)
class _Fit:
    """What it takes to pose a pair."""

    pair: Pair
    small: Formula
    """The reference."""
    budget: Mapping[str, int]
    floor: int


class SatInterpolant(EitherFamily):
    """Write an interpolant.

    Pairs are drawn, or cut out of the clauses of unsatisfiable files. Those of which a cheap candidate
    is an interpolant are drawn again; of a loaded formula, another cut is taken.

    Raises:
        FamilyError: for knobs out of range, and for data that holds nothing to pose.

    """

    name = "sat/interpolant"
    summary = "Write a Craig interpolant as CNF; checked on all assignments of the shared variables."
    verifier = InterpolantVerifier()
    knobs: ClassVar[Mapping[str, str]] = {
        "shared": f"variables that both formulas have, {MIN_SHARED} to {MAX_SHARED} (default 6)",
        "local": f"variables that each has for itself, {MIN_LOCAL} to {MAX_LOCAL} (default 5)",
        "ratio": "clauses for each variable of A, 1 to 6 (default 2.5)",
        "slack": f"the budget as a multiple of the reference, 1 to {MAX_SLACK:g} (default 1.5)",
        "format": f"how the formulas are shown: {', '.join(FORMATS)} (default dimacs)",
        "seed": "another stream of tasks (default 0)",
        "data": "instead of drawing: unsatisfiable formulas to cut in two, a DIMACS file or a folder",
    }
    shown: ClassVar[frozenset[str]] = frozenset({"format"})
    beside_data: ClassVar[frozenset[str]] = frozenset({"slack"})
    dials: ClassVar[Mapping[str, Dial]] = {
        "shared": Dial(MIN_SHARED, MAX_SHARED, (5, 6, 6, 7, 8)),
        "local": Dial(MIN_LOCAL, MAX_LOCAL, (3, 4, 5, 6, 8)),
        "slack": Dial(1, MAX_SLACK, (2.0, 1.5, 1.5, 1.25, 1.1), "down"),
    }

    def set_beside_data(self, **knobs: Any) -> None:
        self.format = format_named(knobs.get("format", "dimacs"))
        self.slack = read_slack(knobs.get("slack"))

    def configure(self, **knobs: Any) -> Mapping[str, Any]:
        self.shared = whole("shared", knobs.get("shared"), 6, MIN_SHARED, MAX_SHARED)
        self.local = whole("local", knobs.get("local"), 5, MIN_LOCAL, MAX_LOCAL)
        ratio = 2.5 if knobs.get("ratio") is None else knobs["ratio"]
        if type(ratio) not in (int, float) or not 1 <= ratio <= 6:
            raise FamilyError(f"ratio is {ratio!r}; it must be a number from 1 to 6")
        self.ratio = float(ratio)
        self.slack = read_slack(knobs.get("slack"))
        name = "dimacs" if knobs.get("format") is None else knobs["format"]
        self.format = format_named(name)
        return {
            "shared": self.shared,
            "local": self.local,
            "ratio": self.ratio,
            "slack": self.slack,
            "format": name,
        }

    def generate(self, rng: random.Random, split: str, index: int) -> Task:
        for _ in range(MAX_DRAWS):
            pair = draw_pair(rng, self.shared, self.local, self.ratio)
            fit = None if pair is None else self._fit(pair)
            if fit is not None:
                sizes = {"shared": self.shared, "local": self.local, "ratio": self.ratio}
                return self._pose(fit, sizes, {"split": split, "index": index})
        raise FamilyError(
            f"none of {MAX_DRAWS} pairs of formulas with {self.shared} shared variables, {self.local} "
            f"of their own and the ratio {self.ratio:g} is fit for {self.name}: choose another ratio, "
            "more variables or a lower slack"
        )

    def tasks_from(self, data: Any) -> list[Task]:
        tasks: list[Task] = []
        for file, formula in load_formulas(data):
            found = self._cut(formula)
            if isinstance(found, str):
                self.skipped = {**self.skipped, file: found}
                continue
            sizes = {"shared": len(found.pair.shared), "n": formula.variables}
            about = {"split": "test", "index": len(tasks), "source": file}
            tasks.append(self._pose(found, sizes, about))
        return tasks

    def _cut(self, formula: Formula) -> _Fit | str:
        """A pair that a formula can be cut into, or why there is none."""
        if (reason := formula.oversized()) is not None:
            return reason
        try:
            if satisfiable(formula):
                return "it is satisfiable"
            fits = map(self._fit, cut_pairs(formula))
            found = next((fit for fit in fits if fit is not None), None)
        except (Undecided, OutOfBudget) as error:
            return str(error)
        return found or "no cut leaves two parts that share a few variables and need reasoning"

    def _fit(self, pair: Pair) -> _Fit | None:
        """What is needed to pose a pair; None when cheap means would do.

        Raises:
            Undecided: when a solver cannot tell whether the reference is right.

        """
        small = pair.interpolant
        if len(small.clauses) < MIN_CLAUSES:
            return None
        budget = {
            "clauses": math.ceil(self.slack * len(small.clauses)),
            "literals": math.ceil(self.slack * sum(map(len, small.clauses))),
        }
        least = floor(pair, budget)
        if pair.b.bit_count() - least < 2:
            return None
        _prove(pair, small)
        return _Fit(pair, small, budget, least)

    def _pose(self, fit: _Fit, sizes: Mapping[str, Any], metadata: Mapping[str, Any]) -> Task:
        pair = fit.pair
        return Task(
            family=self.name,
            version=self.version,
            prompt=_PROMPT.format(
                n=pair.variables,
                shared=", ".join(map(str, pair.shared)),
                explained=self.format.explained,
                first=self.format.fenced(pair.first),
                second=self.format.fenced(pair.second),
                **fit.budget,
            ),
            spec={
                "variables": pair.variables,
                "shared": pair.shared,
                "a": f"{pair.a:x}",
                "b": f"{pair.b:x}",
                "budget": fit.budget,
                "floor": fit.floor,
                "first": pair.first.clauses,
                "second": pair.second.clauses,
            },
            difficulty={**sizes, "slack": self.slack, "clauses": len(fit.small.clauses)},
            metadata=metadata,
        )

    def reference(self, task: Task) -> str:
        return dimacs.write(pair_of(task).interpolant).rstrip()

    def null_answers(self, task: Task) -> list[str]:
        cheap = list(self.cheap_answers(task).values())
        pair, shared = pair_of(task), task.spec["shared"]
        formulas: list[Iterable[Clause]] = [[(x,)] for v in shared for x in (v, -v)]
        formulas += [pair.first.clauses, pair.second.clauses, [tuple(shared)]]
        answers = [*cheap, "true", "false", "UNSATISFIABLE", "p cnf 0 0"]
        answers += [dimacs.write(Formula.of(pair.variables, some)).rstrip() for some in formulas]
        return [x for x in dict.fromkeys(answers) if not self.verify(task, x).correct]

    def cheap_answers(self, task: Task) -> Mapping[str, str]:
        """Constants, and what can be read off A or B without resolving anything."""
        pair = pair_of(task)
        shared = set(pair.shared)
        budget = task.spec["budget"]["clauses"]
        consequences = sorted(propagated(pair), key=lambda c: (len(c), c))
        own = [c for c in pair.first.clauses if shared.issuperset(map(abs, c))]
        other = [c for c in pair.second.clauses if shared.issuperset(map(abs, c))]
        formulas: dict[str, list[Clause]] = {
            "true": [],
            "false": [()],
            "shared clauses of A": own,
            "shared literals of A": [c for c in _restricted(pair.first, shared) if c],
            "what propagation in A gives": consequences[:budget],
            "shared clauses of B, negated": [(-x,) for clause in other[:1] for x in clause],
            "all true": [(v,) for v in pair.shared],
            "all false": [(-v,) for v in pair.shared],
        }
        return {
            "empty": "",
            "copy of the prompt": task.text,
            **{
                name: dimacs.write(Formula.of(pair.variables, some)).rstrip()
                for name, some in formulas.items()
            },
        }

    def random_answer(self, task: Task, seed: int) -> str:
        """A few random clauses of two or three shared variables."""
        rng = random.Random(seeding.derive("random answer", task.id, seed))
        clauses = []
        for _ in range(1 + rng.randrange(max(task.spec["budget"]["clauses"] // 2, 1))):
            chosen = shuffled(rng, task.spec["shared"])[: 2 + rng.getrandbits(1)]
            clauses.append([v if rng.getrandbits(1) else -v for v in chosen])
        return dimacs.write(Formula.of(task.spec["variables"], clauses)).rstrip()


def pair_of(task: Task) -> Pair:
    """The two formulas of a task."""
    spec = task.spec
    n = spec["variables"]
    first, second = Formula(n, spec["first"]), Formula(n, spec["second"])
    return Pair(n, spec["shared"], first, second, int(spec["a"], 16), int(spec["b"], 16))


def floor(pair: Pair, budget: Mapping[str, int]) -> int:
    """How many assignments that B allows are excluded by the best cheap candidate.

    Cheap are: all that unit propagation in A gives, together, whatever its size; the best single clause
    of at most three literals, as if it were guessed, and all single literals that follow; and
    assignments that B allows, written out one by one until the budget is full.
    """
    consequences = Formula.of(pair.variables, propagated(pair))
    excluded = pair.b & ~rows_of(consequences, pair.shared)
    best = max(excluded.bit_count(), min(budget["clauses"], budget["literals"] // len(pair.shared)))
    rows, units = table(len(pair.shared)), 0
    for size in (1, 2, 3):
        for variables in combinations(range(1, rows.n + 1), size):
            for signs in product((1, -1), repeat=size):
                out = rows.falsified([v * sign for v, sign in zip(variables, signs, strict=True)])
                if not out & pair.a:
                    best = max(best, (out & pair.b).bit_count())
                    units |= out if size == 1 else 0
    best = max(best, (units & pair.b).bit_count())
    return min(best, pair.b.bit_count())


def propagated(pair: Pair) -> set[Clause]:
    """Clauses over the shared variables that can be read off A.

    Its own ones, and what unit propagation derives from nothing or from one shared literal.
    """
    clauses = pair.first.clauses
    shared = set(pair.shared)
    found = {clause for clause in clauses if shared.issuperset(map(abs, clause))}
    for assumed in (0, *pair.shared, *(-v for v in pair.shared)):
        head = (-assumed,) if assumed else ()
        forced = propagate(clauses, (assumed,) if assumed else ())
        if forced is None:
            found.add(head)
            continue
        found |= {(*head, x) for x in forced[0] if abs(x) in shared and x != assumed}
    return found


def _restricted(formula: Formula, shared: set[int]) -> list[Clause]:
    """Its clauses without the literals of other variables."""
    return [tuple([x for x in clause if abs(x) in shared]) for clause in formula.clauses]


def _prove(pair: Pair, small: Formula) -> None:
    """Have a solver, which knows nothing of the truth tables, agree that this is an interpolant."""
    n, first, second = pair.variables, pair.first, pair.second
    follows = all(
        not satisfiable(Formula.of(n, [*first.clauses, *([-x] for x in clause)]))
        for clause in small.clauses
    )
    excludes = not satisfiable(Formula(n, second.clauses + small.clauses))
    if not follows or not excludes:
        raise VerigymError("a solver does not agree that the reference is an interpolant")
