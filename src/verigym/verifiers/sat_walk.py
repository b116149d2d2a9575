"""Walking through assignments: the answer is a list of actions, the verdict that of where they end.

A *transcript* has one action on each line, in one grammar, words apart by single blanks:

* ``flip 3 7`` changes the values of variables 3 and 7;
* ``set 1 -2`` makes variable 1 true and variable 2 false;
* ``?`` stands for an answer that was no action.

An action that names a variable twice, or one that there is not, changes nothing, like ``?``, and counts
as one of the ``turns`` that there are. A walk ends with the first assignment that satisfies every
clause: nothing may follow it. So a transcript with the task is all that there is to know about an
episode, and judging it again gives the same verdict anywhere.

The reward is a potential of the last assignment alone (Ng, Harada and Russell 1999): 1 for a model,
else the partial reward beyond the floor of cheap heuristics, which is 0 at the start. Its differences
along the way sum up to it, so wandering about earns nothing.

What a task must hold in its ``spec`` beside a formula and its ``baseline``: ``start``, a literal for
each variable in order, that is no model, and ``turns``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from verigym.errors import TaskError
from verigym.task import Task
from verigym.verdict import Status, Verdict, correct, failed, graded
from verigym.verifiers.answer import Malformed, answer_in, extract
from verigym.verifiers.base import MAX_ANSWER_CHARS, Verifier
from verigym.verifiers.cnf import Formula
from verigym.verifiers.sat import formula_of

MAX_TURNS = 200
MAX_SHOWN = 200
"""Unsatisfied clauses that the policy is shown at a time."""

NO_ACTION = "?"
_ACTION = re.compile(r"flip(?: [1-9][0-9]*)+|set(?: -?[1-9][0-9]*)+")
_BLANKS = re.compile(r"[ \t\r\n]+")
RULE = "write `flip` and variables, or `set` and literals, each variable once"


@dataclass(frozen=True)
class Board:
    """What a walk moves on."""

    formula: Formula
    baseline: int
    start: tuple[int, ...]
    turns: int


@dataclass(frozen=True)
class Walk:
    """Where some actions lead."""

    literals: tuple[int, ...]
    """The last assignment, in the order of its variables."""
    satisfied: int
    """Its satisfied clauses."""
    fault: str
    """Why the last action changed nothing; empty when it did."""


def action_line(answer: Any, variables: int) -> str:
    """An answer as a line of a transcript: the action that it is, or ``?``.

    The answer is taken as for every family (:func:`verigym.verifiers.answer.extract`) and read whole; a
    line that is longer than any action on so many variables is none. What comes out has only the
    characters of the grammar, so no answer reaches beyond its own line.
    """
    text = extract(answer) if isinstance(answer, str) and len(answer) <= MAX_ANSWER_CHARS else None
    line = _BLANKS.sub(" ", text or "").strip(" ")
    return line if len(line) <= longest(variables) and _ACTION.fullmatch(line) else NO_ACTION


def longest(variables: int) -> int:
    """Characters of the longest line that changes something."""
    return len("flip") + variables * (len(str(variables)) + len(" -"))


def read_transcript(text: str, turns: int) -> list[str]:
    """The lines of a transcript, blank ones left out.

    Raises:
        Malformed: when there are more than ``turns``, or one is not of the grammar.

    """
    lines = [line for raw in text.split("\n") if (line := raw.strip(" \t\r"))]
    if len(lines) > turns:
        raise Malformed(f"There are {len(lines)} lines, but at most {turns} actions.")
    for number, line in enumerate(lines, 1):
        if line != NO_ACTION and not _ACTION.fullmatch(line):
            raise Malformed(f"Line {number} is no action: {RULE}.")
    return lines


def walk(board: Board, lines: Iterable[str]) -> Walk:
    """Do the actions, one after the other.

    Raises:
        Malformed: when one follows a model.

    """
    formula, literals = board.formula, list(board.start)
    total, satisfied, fault = len(formula.clauses), formula.satisfied(board.start), ""
    for number, line in enumerate(lines, 1):
        if satisfied == total:
            raise Malformed(f"Action {number} follows a model, which ended the walk.")
        changes, fault = _changes(line, literals)
        if not fault:
            for literal in changes:
                literals[abs(literal) - 1] = literal
            satisfied = formula.satisfied(literals)
    return Walk(tuple(literals), satisfied, fault)


def _changes(line: str, literals: Sequence[int]) -> tuple[list[int], str]:
    """(the literals that an action makes true, why it makes none)."""
    if line == NO_ACTION:
        return [], f"it is none: {RULE}"
    verb, *words = line.split(" ")
    table = _literal_table(len(literals))
    if unknown := [word for word in words if word not in table]:
        shown = unknown[0][:20] + ("..." if len(unknown[0]) > 20 else "")
        return [], f"the variables are 1 to {len(literals)}, so {shown} is none"
    numbers = [table[word] for word in words]
    if len(set(map(abs, numbers))) < len(numbers):
        return [], "it names a variable twice"
    return (numbers if verb == "set" else [-literals[v - 1] for v in numbers]), ""


@lru_cache(maxsize=16)
def _literal_table(variables: int) -> dict[str, int]:
    """Every literal by its one spelling."""
    return {str(sign * v): sign * v for v in range(1, variables + 1) for sign in (1, -1)}


class WalkVerifier(Verifier):
    """Reward 1 for a walk to a model, else what its last assignment is worth."""

    name = "sat.interactive"

    def judge(self, task: Task, answer: str) -> Verdict:
        board = board_of(task)
        lines = read_transcript(answer_in(answer), board.turns)
        end = walk(board, lines)
        total = len(board.formula.clauses)
        evidence = {
            "satisfied": end.satisfied,
            "clauses": total,
            "baseline": board.baseline,
            "turns": len(lines),
        }
        if end.satisfied == total:
            return correct("Every clause is satisfied.", evidence=evidence)
        progress = (end.satisfied - board.baseline) / max(total - board.baseline, 1)
        said = f"Turn {len(lines)} of {board.turns}.\n{situation(board.formula, end.literals)}"
        if not end.fault:
            return graded(progress, said, evidence=evidence)
        said = f"That action changed nothing: {end.fault}.\n{said}"
        verdict = graded(progress, said, evidence=evidence)
        return verdict if verdict.reward else failed(Status.MALFORMED, said, evidence=evidence)


def situation(formula: Formula, literals: Sequence[int]) -> str:
    """An assignment and the clauses that it does not satisfy, as a policy sees them: by their numbers,
    from 1, and their literals, which every format of a formula speaks of.
    """
    true = set(literals)
    numbered = enumerate(formula.clauses, 1)
    open_ = [(number, clause) for number, clause in numbered if true.isdisjoint(clause)]
    lines = [f"clause {number}: {' '.join(map(str, clause))}" for number, clause in open_[:MAX_SHOWN]]
    lines += [f"and {len(open_) - MAX_SHOWN} more"] if len(open_) > MAX_SHOWN else []
    return "\n".join(
        [
            f"Assignment: {' '.join(map(str, literals))}",
            f"Clauses that are not satisfied, {len(open_)} of {len(formula.clauses)}:",
            *lines,
        ]
    )


@lru_cache(maxsize=32)
def board_of(task: Task) -> Board:
    """What a task's walks move on, checked once.

    Raises:
        TaskError: when the spec does not hold it.

    """
    formula, spec = formula_of(task), task.spec
    baseline, start, turns = spec.get("baseline"), spec.get("start"), spec.get("turns")
    total = len(formula.clauses)
    if type(baseline) is not int or not 0 <= baseline <= total:
        raise TaskError(f"spec.baseline is {baseline!r}; it must be an int from 0 to {total}")
    if type(turns) is not int or not 1 <= turns <= MAX_TURNS:
        raise TaskError(f"spec.turns is {turns!r}; it must be an int from 1 to {MAX_TURNS}")
    whole = isinstance(start, tuple) and all(type(x) is int for x in start)
    if not whole or list(map(abs, start or ())) != list(range(1, formula.variables + 1)):
        raise TaskError(f"spec.start must be a literal of each variable, 1 to {formula.variables}")
    assert isinstance(start, tuple)
    if formula.satisfied(start) > min(baseline, total - 1):
        raise TaskError("spec.start must be no model and satisfy no more clauses than spec.baseline")
    return Board(formula, baseline, start, turns)
