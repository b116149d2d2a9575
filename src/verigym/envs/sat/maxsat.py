"""``sat/maxsat``: an assignment that violates as little as possible, on demand with a proof of that."""

from __future__ import annotations

import random
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, ClassVar

from verigym import seeding
from verigym.difficulty import Dial
from verigym.envs.sat.bank import guess, guesses
from verigym.envs.sat.family import SatFamily
from verigym.envs.sat.formats import FORMATS
from verigym.envs.sat.load import WITH_WEIGHTS, load_formulas, read_weighted
from verigym.envs.sat.optimum import cheapest, is_least
from verigym.envs.sat.refute import refutation
from verigym.envs.sat.solver import satisfiable
from verigym.envs.sat.texts import bits_text, literals_text
from verigym.envs.sat.weighted_bank import bank, cheapest_of, climbed, constants
from verigym.errors import FamilyError, VerigymError
from verigym.task import Task
from verigym.verifiers import wcnf
from verigym.verifiers.cnf import Formula
from verigym.verifiers.maxsat import MAX_COUNTER, MaxSatVerifier, cheaper, cheaper_size, weighted_of
from verigym.verifiers.wcnf import Weighted, weighted

EASY = 8
"""Generated formulas with fewer variables may be solved by the bank: there nearly all can be."""
MAX_WEIGHT = 100

_PROMPT = """\
Find values for the variables of this formula that cost as little as possible. {cost}

{explained}

{answer}

{formula}"""

_COUNT = "The cost is the number of clauses that are false; not all of them can be true."
_WEIGH = "The cost is the weight of the clauses that are false, added up."
_WEIGH_SOFT = """\
Hard clauses must be true. The cost is the weight of the other clauses that are false, added up."""

_WCNF = """\
The formula is in WCNF: each line is a clause, ended by 0. It begins with {mark}; the numbers behind \
that are its literals. The number 5 stands for variable 5 and -5 for its negation; a clause is true \
when at least one of its literals is. The variables are 1 to {n}."""

_ANSWER = """\
Answer with every variable from 1 to {n} exactly once, as a literal (positive if the variable is \
true, negative if it is false), and 0 at the end; or with {n} characters 0 and 1, the first for \
variable 1. Write the answer, and nothing else, inside <answer> tags. For example, for two variables \
and the clauses `1 2`, `-1 2`, `1 -2` and `-1 -2`, which cost 1 each, <answer>-1 2 0</answer> and \
<answer>01</answer> cost 1, and nothing costs less."""

_CERTIFIED = """\
Prove that nothing costs less. Answer with a line that is `v`, then every variable from 1 to {n} \
exactly once, as a literal (positive if the variable is true, negative if it is false), then 0. Let K \
be the cost of these values. Behind that line give a refutation of the following formula, which says \
that some values cost less than K.

Number the {soft} 1 to {s}, as they are shown, and let w(i) be {weight}. R(i), which says that clause \
i may be false, is the variable {n} + i. A(i,j), for j from 1 to K, which says that false clauses \
among the first i cost j or more, is the variable {base} + (i - 1) * K + j. The clauses are{hard} for \
each i
- clause i, with R(i) as one more literal;
- -R(i) A(i,j) for each j from 1 to K that is at most w(i);
- if i > 1, for each j from 1 to K: -A(i-1,j) A(i,j), and -R(i) -A(i-1,j) A(i,h), where h is the \
lesser of j + w(i) and K;
and at the end -A({s},K).

A refutation is a list of clauses, each on a line of its own and ended by 0; the last is the empty \
clause, just 0. Each must follow from the formula and the clauses before it by unit propagation: \
assume that all its literals are false; then, wherever all literals of a clause but one are false, \
that one must be true; repeating this must lead to a clause whose literals are all false.

Values without their proof earn nothing. Write the answer, and nothing else, inside <answer> tags. \
For example, for two variables and the clauses `1 2`, `-1 2`, `1 -2` and `-1 -2`, which cost 1 each, \
it is
<answer>
v -1 2 0
2 0
0
</answer>"""


class MaxSat(SatFamily):
    """Find an assignment that violates as little as possible.

    Generated formulas have no model, and their cheapest assignment is none that the bank of heuristics
    finds (with fewer than :data:`EASY` variables: none of its constants). The least cost is proved when
    a task is made (:mod:`verigym.envs.sat.optimum`).
    """

    name = "sat/maxsat"
    summary = (
        "Violate as few clauses of a formula, or as little weight, as can be; on demand with a proof."
    )
    verifier = MaxSatVerifier()
    satisfiable = False
    ratios: ClassVar = {2: 2.5, 3: 6.0, 4: 12.0, 5: 25.0}
    padding = 1.0
    knobs: ClassVar = {
        **SatFamily.knobs,
        "weights": f"greatest weight of a clause, drawn from 1 to it, up to {MAX_WEIGHT} (default 1)",
        "hard": "share of clauses that must hold, 0 to 0.9 (default 0)",
        "certificate": "whether the answer must also prove that nothing costs less (default False)",
        "data": "instead of a shape: a WCNF file (.wcnf, also .gz), a DIMACS file (each clause then "
        "weighs 1), or a folder of them",
    }
    dials: ClassVar = {"n": Dial(5, 100, (8, 12, 16, 24, 32))}
    shown: ClassVar = frozenset({"format", "certificate"})

    def __init__(self, **knobs: Any) -> None:
        self.certificate = knobs.get("certificate", False)
        if type(self.certificate) is not bool:
            raise FamilyError(f"certificate is {self.certificate!r}; it must be True or False")
        super().__init__(**knobs)

    def configure(self, **knobs: Any) -> Mapping[str, Any]:
        top, hard = knobs.get("weights", 1), knobs.get("hard", 0.0)
        if type(top) is not int or not 1 <= top <= MAX_WEIGHT:
            raise FamilyError(f"weights is {top!r}; it must be an int from 1 to {MAX_WEIGHT}")
        if type(hard) not in (int, float) or not 0 <= hard <= 0.9:
            raise FamilyError(f"hard is {hard!r}; it must be a number from 0 to 0.9")
        self.weights, self.hard = top, float(hard)
        shared = super().configure(**knobs)
        return {**shared, "weights": top, "hard": float(hard), "certificate": self.certificate}

    def load(self, data: Any) -> list[tuple[str, Formula]]:
        return load_formulas(data, read_weighted, WITH_WEIGHTS)

    def draw(self, rng: random.Random) -> Weighted:
        """The first formula drawn, with weights, that no cheap assignment solves.

        Raises:
            FamilyError: when none of :attr:`draws` is, or one is too hard to tell.

        """
        for _ in range(self.draws):
            formula = self.weigh(rng, self.shape.build(rng, self.sizes))
            if satisfiable(formula) or self._cheap(formula):
                continue
            if self.unfit(formula) is None:
                return formula
        raise self.no_formula(satisfiable=False)

    def weigh(self, rng: random.Random, formula: Formula) -> Weighted:
        """The formula with random weights, of which the stated share is hard."""
        count = len(formula.clauses)
        weights: list[int | None] = [1 + rng.randrange(self.weights) for _ in range(count)]
        for i in _some(rng, count, min(round(self.hard * count), count - 1)):
            weights[i] = None
        return Weighted(formula.variables, formula.clauses, tuple(weights))

    def unfit(self, formula: Formula) -> str | None:
        formula = weighted(formula)
        if not formula.soft:
            return "it has no soft clause"
        found = _solved(formula)
        if found is None:
            return "its hard clauses are unsatisfiable"
        if self.certificate:
            if found[0] == 0:
                return "its least cost is 0, of which there is nothing to prove"
            if (size := cheaper_size(formula, found[0])) > MAX_COUNTER:
                return f"a certificate would have {size:,} variables; at most {MAX_COUNTER:,} are posed"
        return None

    def spec(self, formula: Formula) -> dict[str, Any]:
        formula = weighted(formula)
        found, cheap = _solved(formula), cheapest_of(formula, bank(formula))
        assert found is not None
        return {
            **super().spec(formula),
            "weights": formula.weights,
            "optimum": found[0],
            "baseline": cheap and cheap[0],
            "certificate": self.certificate,
        }

    def difficulty(self, formula: Formula, spec: Mapping[str, Any]) -> dict[str, Any]:
        formula = weighted(formula)
        top = max(weight or 0 for weight in formula.weights)
        return {"weights": top, "hard": formula.hard.bit_count() / len(formula.weights)}

    def prompt(self, formula: Formula, spec: Mapping[str, Any]) -> str:
        formula = weighted(formula)
        n, s, hard = formula.variables, len(formula.soft), bool(formula.hard)
        plain = formula.uniform and not hard
        answer = _CERTIFIED if self.certificate else _ANSWER
        return _PROMPT.format(
            cost=_COUNT if plain else _WEIGH_SOFT if hard else _WEIGH,
            explained=self.format.explained if plain else self._explained(formula),
            answer=answer.format(
                n=n,
                s=s,
                base=n + s,
                soft="other clauses" if hard else "clauses",
                weight="1" if formula.uniform else "the weight of clause i",
                hard=" the hard clauses as they are, and" if hard else "",
            ),
            formula=self.format.fenced(formula) if plain else self._fenced(formula),
        )

    def _explained(self, formula: Weighted) -> str:
        mark = "its weight, or with h when it is hard" if formula.hard else "its weight"
        if self.format is FORMATS["dimacs"]:
            return _WCNF.format(n=formula.variables, mark=mark)
        weights = " ".join("h" if weight is None else str(weight) for weight in formula.weights)
        hard = ", where h means that it is hard" if formula.hard else ""
        return (
            f"{self.format.explained}\n\nThe weights of the clauses, in the order in which they are "
            f"shown{hard}: {weights}."
        )

    def _fenced(self, formula: Weighted) -> str:
        if self.format is FORMATS["dimacs"]:
            return f"```wcnf\n{wcnf.write(formula)}```"
        return self.format.fenced(formula)

    def reference(self, task: Task) -> str:
        """An assignment of least cost, where asked for with a proof cut down to what it needs.

        Raises:
            FamilyError: when the proof is too hard for the solver's limit or the verifier's.

        """
        formula = weighted_of(task)
        found = _solved(formula)
        if found is None or found[0] != task.spec["optimum"]:
            raise VerigymError(f"the least cost of task {task.id[:12]} is not {task.spec['optimum']}")
        cost, model = found
        if not task.spec["certificate"]:
            return literals_text(model)
        lemmas = refutation(cheaper(formula, cost))
        if lemmas is None:
            raise VerigymError(f"the SAT solver contradicts itself on task {task.id[:12]}")
        text = "\n".join(["v " + literals_text(model), *map(literals_text, lemmas)])
        if not self.verify(task, text).correct:
            raise FamilyError(
                f"the certificate found for task {task.id[:12]} is longer than the verifier takes: "
                "pose smaller formulas"
            )
        return text

    def null_answers(self, task: Task) -> list[str]:
        """Answers that know nothing; those that happen to be right for an easy formula are left out."""
        formula = weighted_of(task)
        models = bank(formula)
        answers = ["", "0", "1", "UNSATISFIABLE", "s OPTIMUM FOUND", task.text]
        if task.spec["certificate"]:
            for model in models:
                line = "v " + literals_text(model)
                answers += [line, f"{line}\n0", f"{line}\n1 0\n-1 0\n0"]
        else:
            answers += [write(model) for model in models for write in (bits_text, literals_text)]
        return [x for x in dict.fromkeys(answers) if not self.verify(task, x).correct]

    def cheap_answers(self, task: Task) -> Mapping[str, str]:
        """The assignments of the bank, each by the heuristic that gives it."""
        formula = weighted_of(task)
        names = ["all false", "all true", "majority polarity"]
        models = dict(zip(names, constants(formula), strict=True))
        models["random bits"] = guesses(formula)[0]
        models["greedy flips"] = climbed(formula, guesses(formula)[0])
        tail = "\n0" if task.spec["certificate"] else ""
        lines = {name: f"v {literals_text(model)}{tail}" for name, model in models.items()}
        return {"empty": "", "copy of the prompt": task.text, **lines}

    def random_answer(self, task: Task, seed: int) -> str:
        rng = random.Random(seeding.derive("random answer", task.id, seed))
        text = literals_text(guess(rng, weighted_of(task)))
        return f"v {text}\n0" if task.spec["certificate"] else text

    def _cheap(self, formula: Weighted) -> bool:
        """Whether the bank, or for few variables a constant of it, is a cheapest assignment."""
        best = cheapest_of(formula, bank(formula))
        if best is None:
            return False
        if formula.variables < EASY:
            cheap = cheapest_of(formula, constants(formula))
            if cheap is None or cheap[0] > best[0]:
                return False
        return is_least(formula, best[0])


@lru_cache(maxsize=4)
def _solved(formula: Weighted) -> tuple[int, tuple[int, ...]] | None:
    """The least cost and an assignment that has it, found once for the steps of posing a task."""
    cheap = cheapest_of(formula, bank(formula))
    return cheapest(formula, cheap and cheap[1])


def _some(rng: random.Random, count: int, size: int) -> set[int]:
    """``size`` different numbers below ``count``."""
    found: set[int] = set()
    while len(found) < size:
        found.add(rng.randrange(count))
    return found
