"""The verifier of ``sat/implicant``: which clauses does each literal satisfy, and which it alone.

Let ``t`` be literals of different variables, read as their conjunction, and ``F`` a CNF formula.

* ``t`` is an *implicant* of ``F`` (every assignment that agrees with ``t`` makes ``F`` true) exactly
  when each clause holds a literal of ``t`` or is a tautology. If a clause is neither, its literals can
  all be made false: those of variables in ``t`` are so already, and the others contradict neither ``t``
  nor each other. So the empty clause leaves no implicant.
* An implicant is *prime* (no proper part of it is one) exactly when each of its literals is the only
  one of ``t`` in some clause that is no tautology. Else leaving that literal out leaves an implicant;
  and when each is, every proper part misses a clause. So a literal of a variable that does not occur is
  never part of a prime implicant, and the empty list is the prime implicant of a formula of
  tautologies.

No search takes part. What a task must hold in its ``spec``: the formula, ``shortest`` (whether the
shortest is asked for), ``target`` (the length of a shortest one, proved when the task was made; else
the length of the shortest that cheap heuristics find from a model) and ``floor``, the length of an
implicant that earns nothing.
"""

from __future__ import annotations

from functools import lru_cache

from verigym.errors import TaskError, VerigymError
from verigym.task import Task
from verigym.verdict import Status, Verdict, correct, failed, graded
from verigym.verifiers.answer import answer_in
from verigym.verifiers.base import Verifier
from verigym.verifiers.cnf import Formula
from verigym.verifiers.literal_lists import read_literals
from verigym.verifiers.sat import formula_of


class ImplicantVerifier(Verifier):
    """Reward 1 for a prime (or shortest) implicant; else up to 0.5 for one shorter than the floor."""

    name = "sat.implicant"

    def judge(self, task: Task, answer: str) -> Verdict:
        formula, (shortest, target, floor) = formula_of(task), _stored(task)
        literals = read_literals(answer_in(answer), formula.variables)
        missed = uncovered(formula, literals)
        spare = spared(formula, literals)
        length = len(literals)
        evidence = {
            "length": length,
            "missed": missed.bit_count(),
            "spare": len(spare),
            "target": target,
            "floor": floor,
        }
        if missed:
            number = (missed & -missed).bit_length()
            feedback = (
                f"No literal of clause {number} is among these, so they do not make the formula true."
            )
            return failed(Status.WRONG, feedback, evidence=evidence)
        if shortest and length < target:
            raise VerigymError(f"an implicant of length {length}, but {target} was proved to be least")
        if length == target if shortest else not spare:
            return correct("That is what was asked for.", evidence=evidence)
        if spare:
            feedback = f"An implicant, but not a prime one: {spare[0]} can be left out."
        else:
            feedback = "A prime implicant, but there is a shorter one."
        progress = (floor - length) / (floor - target) if floor - target >= 2 else 0.0
        return graded(progress, feedback, evidence=evidence)


def uncovered(formula: Formula, literals: tuple[int, ...]) -> int:
    """The clauses, no tautologies, that hold none of these literals; clause ``i`` as bit ``i``."""
    missed = _binding(formula)
    for literal in literals:
        missed &= ~formula.occurrences[literal]
    return missed


def spared(formula: Formula, literals: tuple[int, ...]) -> list[int]:
    """The literals that are not the only one of these in any clause that is no tautology."""
    once = twice = 0
    for literal in literals:
        holds = formula.occurrences[literal]
        twice |= once & holds
        once |= holds
    alone = once & ~twice & _binding(formula)
    return [literal for literal in literals if not formula.occurrences[literal] & alone]


@lru_cache(maxsize=32)
def _binding(formula: Formula) -> int:
    """The clauses that are no tautologies."""
    bits = (1 << len(formula.clauses)) - 1
    for v in range(1, formula.variables + 1):
        bits &= ~(formula.occurrences[v] & formula.occurrences[-v])
    return bits


@lru_cache(maxsize=32)
def _stored(task: Task) -> tuple[bool, int, int]:
    """(shortest, target, floor) of a task, checked once.

    Raises:
        TaskError: when the spec lacks one of them, or they do not fit together.

    """
    shortest, target, floor = (task.spec.get(key) for key in ("shortest", "target", "floor"))
    if type(shortest) is not bool:
        raise TaskError(f"spec.shortest is {shortest!r}; it must be true or false")
    if type(target) is not int or type(floor) is not int or not 0 <= target <= floor:
        raise TaskError(f"spec.target is {target!r} and spec.floor {floor!r}; 0 <= target <= floor")
    return shortest, target, floor
