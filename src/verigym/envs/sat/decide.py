"""``sat/decide``: a model or a refutation, so that the answer proves itself."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, ClassVar

from verigym import seeding
from verigym.difficulty import Dial
from verigym.envs.sat.bank import SEARCHING, constants, guess, guesses, policies
from verigym.envs.sat.family import SatFamily, is_trivial
from verigym.envs.sat.lengths import Lengths, lengths, none_within
from verigym.envs.sat.refute import refutation
from verigym.envs.sat.solver import Undecided, decide, find_model, satisfiable
from verigym.envs.sat.texts import bits_text, literals_text
from verigym.errors import FamilyError, VerigymError
from verigym.task import Task
from verigym.verifiers.cnf import Formula
from verigym.verifiers.proof import DEFAULT_BUDGET, Outcome, check
from verigym.verifiers.propagation import Layout, Propagator, numbers
from verigym.verifiers.sat import DecideVerifier, formula_of

_PROMPT = """\
Decide whether this formula can be made true, and prove your decision.

{explained}

If it can, answer with a model: `v`, then every variable from 1 to {n} exactly once, as a literal \
(positive if the variable is true, negative if it is false), then 0.

If it cannot, answer with a refutation: a list of clauses, each on a line of its own and ended by 0; \
the last is the empty clause, just 0. Each must follow from the formula and the clauses before it by \
unit propagation: assume that all its literals are false; then, wherever all literals of a clause but \
one are false, that one must be true; repeating this must lead to a clause whose literals are all false.

A decision without its proof earns nothing. Write the answer, and nothing else, inside <answer> tags. \
For example, for two variables the clauses `1 2` and `-1 2` are answered by <answer>v -1 2 0</answer>, \
and the clauses `1 2`, `-1 2`, `1 -2` and `-1 -2` by
<answer>
2 0
0
</answer>

{formula}"""

SHOWN = 2
"""The literal that is the only lemma in the prompt's example of a refutation."""
PATIENCE = 100
"""Draws until formulas are taken that one literal refutes: of some sizes there are no others."""

LENGTH_DRAWS = 100
"""Pairs to draw until one has a refutation of the length asked for."""

REMEMBERED = 4
"""Pairs that a family keeps in memory."""

_Drawn = tuple[tuple[Formula, Formula], Mapping[str, int]]


class SatDecide(SatFamily):
    """Give a model or a refutation.

    Tasks 2i and 2i + 1 are a pair, in an order that a coin decides: an unsatisfiable formula, and a
    satisfiable one that differs from it in the sign of a literal, or of a few.
    """

    name = "sat/decide"
    summary = "Give a model of a CNF formula or a refutation; both are checked step by step."
    verifier = DecideVerifier()
    knobs: ClassVar = {
        **SatFamily.knobs,
        "lemmas": "least and most clauses of its minimised refutation, as [10, 20] (default any)",
    }
    lemmas: Lengths | None = None
    _recent: tuple[tuple[Any, _Drawn], ...] = ()
    """The last pairs, each with the state of the stream that it was drawn from."""
    dials: ClassVar = {"n": Dial(5, 120, (8, 16, 32, 50, 75))}
    searching = SEARCHING
    satisfiable = None
    ratios: ClassVar = {2: 1.0, 3: 4.26, 4: 9.93, 5: 21.1}

    def stream(self, split: str, index: int) -> random.Random:
        return super().stream(split, index // 2)  # one for both members of a pair

    def configure(self, **knobs: Any) -> Mapping[str, Any]:
        self.lemmas = lengths(knobs.get("lemmas"))
        config = super().configure(**knobs)
        return config if self.lemmas is None else {**config, "lemmas": list(self.lemmas)}

    def generate(self, rng: random.Random, split: str, index: int) -> Task:
        pair, told = self._drawn(rng)
        formula = pair[index % 2]
        task = self.pose(formula, {"split": split, "index": index, "pair": index // 2})
        return replace(task, difficulty={**task.difficulty, **told}, id="") if told else task

    def _drawn(self, rng: random.Random) -> _Drawn:
        """The pair of a stream, in the order of its members: the last ones are remembered, since the
        other member is mostly asked for next.
        """
        # By the state that it is drawn from. The tuple is replaced and never changed, so threads that
        # draw at the same time at worst forget a pair; and a family goes on being pickled as it is.
        start = rng.getstate()
        for known, drawn in self._recent:
            if known == start:
                return drawn
        pair, told = self.draw_within(rng)
        drawn = (pair[::-1] if rng.getrandbits(1) else pair), told
        self._recent = ((start, drawn), *self._recent[: REMEMBERED - 1])
        return drawn

    def draw_within(self, rng: random.Random) -> tuple[tuple[Formula, Formula], Mapping[str, int]]:
        """The first pair drawn whose refutation has one of the lengths asked for, and that length.

        Which one this is depends on the release of the solver; without ``lemmas`` it is the first pair.

        Raises:
            FamilyError: when none of :data:`LENGTH_DRAWS` has, or no pair is found.

        """
        if self.lemmas is None:
            return self.draw_pair(rng), {}
        found: list[int] = []
        for _ in range(LENGTH_DRAWS):
            pair = self.draw_pair(rng)
            length = len(refutation(pair[0]) or ())
            if self.lemmas.least <= length <= self.lemmas.most:
                return pair, {"lemmas": length}
            found.append(length)
        raise none_within(self.lemmas, found, self.name)

    def draw_pair(self, rng: random.Random) -> tuple[Formula, Formula]:
        """An unsatisfiable formula, not refuted by one literal if there are others, and its twin.

        Raises:
            FamilyError: when no pair is found, or a formula is too hard to tell.

        """
        for attempt in range(self.draws):
            formula = self.shape.build(rng, self.sizes)
            if not self.shape.unsatisfiable and satisfiable(formula):
                continue
            n = formula.variables
            if _refuted_by_one(formula, range(-n, n + 1) if attempt < PATIENCE else [SHOWN]):
                continue
            twin = self._twin(rng, formula)
            if twin is not None and not is_trivial(twin):
                return formula, twin
        raise self.no_formula(satisfiable=False)

    def _twin(self, rng: random.Random, formula: Formula) -> Formula | None:
        try:
            return self.shape.twin(rng, formula)
        except Undecided:
            raise
        except FamilyError:  # so few clauses are missing that no sign can change: draw another formula
            return None

    def prompt(self, formula: Formula, spec: Mapping[str, Any]) -> str:
        return _PROMPT.format(
            explained=self.format.explained, n=formula.variables, formula=self.format.fenced(formula)
        )

    def reference(self, task: Task) -> str:
        """A model, or a refutation cut down to the clauses that it needs.

        Raises:
            FamilyError: when the formula is too hard for the solver's limit or the verifier's.

        """
        formula = formula_of(task)
        model = find_model(formula)
        if model is not None:
            return "v " + literals_text(model)
        lemmas = refutation(formula)
        if lemmas is None:
            raise VerigymError(f"the SAT solver contradicts itself on task {task.id[:12]}")
        text = "\n".join(map(literals_text, lemmas))
        if not self.verify(task, text).correct:
            raise FamilyError(
                f"the refutation found for task {task.id[:12]} is longer than the verifier takes: pose "
                "smaller formulas"
            )
        return text

    def solver_answer(self, task: Task) -> str:
        """A model, or the whole proof that the solver logged, from one run of it.

        Raises:
            FamilyError: when the formula is too hard for the solver's limit.

        """
        model, lemmas = decide(formula_of(task))
        if model is not None:
            return "v " + literals_text(model)
        return "s UNSATISFIABLE\n" + "\n".join(map(literals_text, lemmas or [()]))

    def null_answers(self, task: Task) -> list[str]:
        """Answers that know nothing; those that happen to be right for an easy formula are left out."""
        formula = formula_of(task)
        models = [*constants(formula), guesses(formula)[0]]
        clauses = "\n".join(map(literals_text, formula.clauses))
        answers = ["", "SAT", "UNSAT", "s SATISFIABLE", "s UNSATISFIABLE", "v 0", task.text]
        answers += ["v " + literals_text(model) for model in models]
        answers += [f"s SATISFIABLE\n{bits_text(model)}" for model in models]
        answers += map(bits_text, models)
        for lemmas in ("0", "1 0\n-1 0\n0", "1 -1 0\n0", f"{clauses}\n0"):
            answers += [lemmas, f"s UNSATISFIABLE\n{lemmas}"]
        return [x for x in dict.fromkeys(answers) if not self.verify(task, x).correct]

    def cheap_answers(self, task: Task) -> Mapping[str, str]:
        """Labels, proofs that prove nothing, and what each heuristic of the bank finds, as a model."""
        formula = formula_of(task)
        models = {name: "v " + literals_text(model) for name, model in policies(formula).items()}
        clauses = "\n".join(map(literals_text, formula.clauses))
        return {
            "empty": "",
            "copy of the prompt": task.text,
            "always satisfiable": "s SATISFIABLE",
            "always unsatisfiable": "s UNSATISFIABLE",
            "the empty clause": "0",
            "a proof of all clauses": f"{clauses}\n0",
            **models,
        }

    def random_answer(self, task: Task, seed: int) -> str:
        rng = random.Random(seeding.derive("random answer", task.id, seed))
        return "v " + literals_text(guess(rng, formula_of(task)))


def _refuted_by_one(formula: Formula, literals: Iterable[int]) -> bool:
    """Whether one of these literals, as the only lemma, refutes the formula.

    The same short answer, that of the prompt's example say, would then be right for many a task.
    """
    layout = Layout(formula)
    clauses = Propagator(layout, DEFAULT_BUDGET)
    for literal in filter(None, literals):
        mark = len(clauses.trail)
        conflict = clauses.refuted or clauses.falsify(numbers((-literal,)))
        clauses.undo(mark)
        # Only a literal that leads to a conflict can be the last lemma; whether it follows is checked.
        if conflict and check(layout, ((literal,), ())).outcome is Outcome.REFUTED:
            return True
    return False
