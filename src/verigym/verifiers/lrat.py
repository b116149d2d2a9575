"""Checking refutations with hints (LRAT): each step says why it follows, so nothing is searched for.

Clauses have ids: those of the formula 1, 2, 3, ..., those added larger and larger ones. An addition
names, in order, the clauses that unit propagation from the negated clause goes through: each has by
then one literal that is not false, which is set true, except the last, which has none. If the hints do
not end in such a conflict, the clause must be RAT on its first literal ``p``: for *every* clause held
with ``-p`` there must be a group of hints, headed by its negated id, that leads from the negated
resolvent to a conflict (a group may be empty where that resolvent is true already). See
:mod:`verigym.verifiers.proof` for why both are sound.

A deleted clause is gone: no hint may name it, and RAT need not regard it. This is sound as well, since
a model of some clauses is one of fewer. Every line costs time linear in what it names, and in what is
held when it is RAT. The refutation ends with the empty clause.

Source: L. Cruz-Filipe, M. Heule, W. Hunt, M. Kaufmann, P. Schneider-Kamp, "Efficient Certified RAT
Verification", CADE 2017.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from verigym.verifiers.cnf import Formula
from verigym.verifiers.proof import DEFAULT_BUDGET, Checked, Outcome
from verigym.verifiers.propagation import OutOfSteps


@dataclass(frozen=True)
class Addition:
    """A line ``id literals 0 hints 0``."""

    id: int
    literals: tuple[int, ...]
    """The pivot first, where the clause is RAT."""
    hints: tuple[int, ...]
    """Ids in the order of propagation; then for each partner of a RAT step its negated id, and more."""


@dataclass(frozen=True)
class Deletion:
    """A line ``id d ids 0``."""

    ids: tuple[int, ...]


Step = Addition | Deletion


class _Refused(Exception):
    """A step does not follow; the message says why."""


def check(formula: Formula, steps: Iterable[Step], budget: int = DEFAULT_BUDGET) -> Checked:
    """Whether ``steps`` refute ``formula``.

    ``Checked.lemmas`` counts steps, deletions too.
    """
    held = _Held(formula, budget)
    done = rat = 0
    try:
        for step in steps:
            if isinstance(step, Deletion):
                held.delete(step.ids)
            else:
                rat += held.add(step)
                if not step.literals:
                    return Checked(Outcome.REFUTED, done + 1, budget - held.budget, rat)
            done += 1
    except OutOfSteps:
        return Checked(Outcome.BUDGET, done, budget, rat)
    except _Refused as refusal:
        return Checked(Outcome.REFUSED, done, budget - held.budget, rat, str(refusal))
    return Checked(Outcome.INCOMPLETE, done, budget - held.budget, rat)


class _Held:
    """The clauses that are held, by id."""

    def __init__(self, formula: Formula, budget: int) -> None:
        self.clauses = dict(enumerate(formula.clauses, 1))
        self.size = formula.size
        """Clauses and literals together."""
        self.budget = budget
        """Literals that may still be looked at."""
        self.last = len(formula.clauses)
        """The largest id so far."""

    def delete(self, ids: Sequence[int]) -> None:
        self._spend(len(ids) + 1)
        for i in ids:
            clause = self.clauses.pop(i, None)
            if clause is None:
                raise _Refused(f"deletes clause {i}, which is not there")
            self.size -= len(clause) + 1

    def add(self, step: Addition) -> bool:
        """Add a clause that follows; True when it is RAT."""
        self._spend(len(step.literals) + len(step.hints) + 1)
        if step.id <= self.last:
            raise _Refused(f"has the id {step.id}, which must be above {self.last}")
        rat = not self._is_rup(step)
        self.last = step.id
        self.clauses[step.id] = step.literals
        self.size += len(step.literals) + 1
        return rat

    def _is_rup(self, step: Addition) -> bool:
        """True when the clause is RUP by its hints, False when it is RAT by them; else refuses it."""
        true = {-x for x in step.literals}
        if any(-x in true for x in true):
            return True  # a tautology
        first = next((i for i, hint in enumerate(step.hints) if hint < 0), len(step.hints))
        if self._conflict(true, step.hints[:first]):
            if first < len(step.hints):
                raise _Refused("has hints after the one that is in conflict")
            return True
        if not step.literals:
            raise _Refused("has hints that do not lead to a conflict")
        pivot = step.literals[0]
        groups = _groups(step.hints[first:])
        self._spend(self.size)
        partners = {i for i, clause in self.clauses.items() if -pivot in clause}
        if partners != groups.keys():
            missing, foreign = partners - groups.keys(), groups.keys() - partners
            if missing:
                why = f"clause {min(missing)} holds {-pivot}, and no negated hint names it"
                raise _Refused(f"has hints that do not lead to a conflict, nor is it RAT: {why}")
            raise _Refused(f"has the hint -{min(foreign)}, but no clause of that id holds {-pivot}")
        for i, hints in groups.items():
            self._resolve(set(true), i, pivot, hints)
        return False

    def _resolve(self, true: set[int], partner: int, pivot: int, hints: tuple[int, ...]) -> None:
        """Refuse the clause unless its resolvent with a partner is RUP by these hints."""
        clause = self.clauses[partner]
        self._spend(len(true) + len(clause))
        for x in clause:
            if x != -pivot:
                if x in true:  # then so is the resolvent
                    if hints:
                        raise _Refused(f"needs no hints after -{partner}, where the resolvent is true")
                    return
                true.add(-x)
        if not self._conflict(true, hints):
            raise _Refused(f"has hints after -{partner} that do not lead to a conflict")

    def _conflict(self, true: set[int], hints: tuple[int, ...]) -> bool:
        """Propagate through these clauses, adding to ``true``; True when the last one is false."""
        for place, hint in enumerate(hints, 1):
            clause = self.clauses.get(hint)
            if clause is None:
                raise _Refused(f"has the hint {hint}, but no clause of that id is there")
            self._spend(len(clause))
            rest = {x for x in clause if -x not in true}
            if not rest:
                if place < len(hints):
                    raise _Refused("has hints after the one that is in conflict")
                return True
            unit = rest.pop()
            if rest or unit in true:
                raise _Refused(f"has the hint {hint}, but that clause says nothing there")
            true.add(unit)
        return False

    def _spend(self, steps: int) -> None:
        self.budget -= steps
        if self.budget < 0:
            raise OutOfSteps


def _groups(hints: tuple[int, ...]) -> dict[int, tuple[int, ...]]:
    """The hints that follow each negated id."""
    starts = [i for i, hint in enumerate(hints) if hint < 0]
    groups: dict[int, tuple[int, ...]] = {}
    ends = [*starts, len(hints)][1:]
    for start, end in zip(starts, ends, strict=True):
        if -hints[start] in groups:
            raise _Refused(f"has the hint {hints[start]} twice")
        groups[-hints[start]] = hints[start + 1 : end]
    return groups
