"""``sat/interactive``: find a model step by step, seeing after each step what is not satisfied yet.

It is a family of its own, and not ``sat/solve`` with more turns, because its answers build on each
other: what is judged is the whole walk. :meth:`SatInteractive.episode` writes the answers of an episode
as one transcript, which says all about it; so judging stays a pure function of task and text, and
``verigym.verify(task, transcript)`` judges an episode again without an environment.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from verigym import seeding
from verigym.envs.sat.bank import STARTS, ascent, guesses, policies
from verigym.envs.sat.solve import SatSolve
from verigym.errors import FamilyError
from verigym.task import Task
from verigym.verifiers.base import MAX_ANSWER_CHARS
from verigym.verifiers.cnf import Formula
from verigym.verifiers.sat_walk import (
    MAX_TURNS,
    NO_ACTION,
    Board,
    WalkVerifier,
    action_line,
    board_of,
    longest,
    situation,
    walk,
)

_PROMPT = """\
Find values for the variables that make this formula true, step by step.

{explained}

There is an assignment, a literal for each variable: positive if it is true, negative if it is false. \
In each turn you change it by one action and are shown it again, with the clauses that it does not \
satisfy. An action is `flip` with the numbers of variables whose values shall change, or `set` with \
literals that shall be true; it names each variable at most once. Anything else changes nothing and \
takes a turn too. There are at most {turns} turns, fewer if every clause is satisfied before.

Write the action, and nothing else, inside <answer> tags. For example, from the assignment `-1 -2` \
<answer>flip 2</answer> and <answer>set 2</answer> both lead to `-1 2`, which satisfies the clauses \
`1 2` and `-1 2`.

{situation}

{formula}"""


class SatInteractive(SatSolve):
    """Find a model in at most ``turns`` actions, from a random assignment that is none.

    Raises:
        FamilyError: for knobs that do not fit together, and for data that holds nothing to pose.

    """

    name = "sat/interactive"
    summary = "Find a model step by step, flipping variables and seeing what is not satisfied yet."
    verifier = WalkVerifier()
    knobs = {**SatSolve.knobs, "turns": f"actions in an episode, up to {MAX_TURNS} (default 16)"}
    shown = SatSolve.shown | {"turns"}
    searching: ClassVar[frozenset[str]] = SatSolve.searching | {"one greedy walk"}

    def __init__(self, turns: int = 16, **knobs: Any) -> None:
        if type(turns) is not int or not 1 <= turns <= MAX_TURNS:
            raise FamilyError(f"turns is {turns!r}; it must be an int from 1 to {MAX_TURNS}")
        self.turns = turns
        super().__init__(**knobs)
        self.config = {**self.config, "turns": turns}

    def unfit(self, formula: Formula) -> str | None:
        if self.turns * (longest(formula.variables) + 1) > MAX_ANSWER_CHARS:
            return f"{self.turns} turns on {formula.variables:,} variables are too many: lower turns"
        reason = super().unfit(formula)
        return reason or (None if _start(formula) else "almost any assignment is a model")

    def prompt(self, formula: Formula, spec: Mapping[str, Any]) -> str:
        return _PROMPT.format(
            explained=self.format.explained,
            turns=self.turns,
            situation=situation(formula, spec["start"]),
            formula=self.format.fenced(formula),
        )

    def spec(self, formula: Formula) -> dict[str, Any]:
        return {**super().spec(formula), "start": _start(formula), "turns": self.turns}

    def difficulty(self, formula: Formula, spec: Mapping[str, Any]) -> dict[str, Any]:
        return {**super().difficulty(formula, spec), "turns": self.turns}

    def episode(self, task: Task, answers: Sequence[Any]) -> str:
        """The transcript of an episode: a line for each answer."""
        variables = board_of(task).formula.variables
        return "\n".join(action_line(answer, variables) for answer in answers)

    def reference(self, task: Task) -> str:
        """One action that leads to a model."""
        model = set(super().reference(task).split())
        return "flip " + " ".join(str(abs(x)) for x in board_of(task).start if str(x) not in model)

    def null_answers(self, task: Task) -> list[str]:
        """Answers that know nothing; those that happen to be right for an easy formula are left out."""
        board = board_of(task)
        answers = ["", NO_ACTION, "\n".join([NO_ACTION] * board.turns), "flip 1", "set 1", task.text]
        answers += ["flip", "set", "flip 1 1", "flip 0", "SATISFIABLE", _set(board.start)]
        answers += [_set(model) for name, model in _blind(board.formula).items()]
        answers.append(" ".join(map(str, board.start)))
        return [x for x in dict.fromkeys(answers) if not self.verify(task, x).correct]

    def cheap_answers(self, task: Task) -> Mapping[str, str]:
        """Nothing; what the heuristics of the bank find, set at once; a greedy walk, a flip a turn."""
        board = board_of(task)
        return {
            "empty": "",
            "copy of the prompt": task.text,
            "no action": "\n".join([NO_ACTION] * board.turns),
            **{name: _set(model) for name, model in policies(board.formula).items()},
            "one greedy walk": "\n".join(greedy_flips(board)) or NO_ACTION,
        }

    def random_answer(self, task: Task, seed: int) -> str:
        """A walk of random flips, one variable in each turn."""
        rng = random.Random(seeding.derive("random answer", task.id, seed))
        return "\n".join(random_flips(board_of(task), rng))


def random_flips(board: Board, rng: random.Random) -> Iterator[str]:
    """Flips of one random variable in each turn, until the turns or the open clauses are used up."""
    lines: list[str] = []
    for _ in range(board.turns):
        lines.append(f"flip {1 + rng.randrange(board.formula.variables)}")
        yield lines[-1]
        if walk(board, lines).satisfied == len(board.formula.clauses):
            return


def greedy_flips(board: Board) -> Iterator[str]:
    """In each turn the flip that helps most, until none does or the turns are used up."""
    flips = ascent(board.formula, board.start)
    return (f"flip {variable}" for variable, _ in zip(flips, range(board.turns), strict=False))


def _start(formula: Formula) -> tuple[int, ...] | None:
    """The first random assignment of the bank that is no model, among those it climbs from.

    So neither the start nor any greedy step from it is worth more than the bank's floor.
    """
    models = guesses(formula)[:STARTS]
    return next((x for x in models if formula.satisfied(x) < len(formula.clauses)), None)


def _blind(formula: Formula) -> dict[str, tuple[int, ...]]:
    found = policies(formula)
    return {name: model for name, model in found.items() if name not in SatInteractive.searching}


def _set(model: Sequence[int]) -> str:
    return "set " + " ".join(map(str, model))
