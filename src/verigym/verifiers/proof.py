"""Checking refutations by reverse unit propagation (RUP): the trusted core, and all of it.

A clause is *RUP* with respect to some clauses when assuming all its literals false makes unit
propagation run into a conflict. Then those clauses imply it, since unit propagation draws only
consequences. A refutation is a list of lemmas, each RUP with respect to the formula and the lemmas
before it, after which unit propagation alone finds a conflict: then the formula implies the empty
clause, so it has no model. This is DRAT without its RAT steps and with deletions ignored; ignoring them
is sound, because fewer clauses never imply more.

Source of the method: E. Goldberg, Y. Novikov, "Verification of Proofs of Unsatisfiability for CNF
Formulas", DATE 2003; two watched literals: M. Moskewicz et al., "Chaff", DAC 2001.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import Enum

from verigym.errors import FormatError
from verigym.verifiers.cnf import Formula

DEFAULT_BUDGET = 50_000_000
"""Propagation steps that one refutation may cost, some 5 seconds; 100 variables need some 500,000."""


class Outcome(str, Enum):
    """How checking a refutation ended."""

    REFUTED = "refuted"
    NOT_RUP = "not_rup"
    """A lemma does not follow by unit propagation; it may still be true."""
    INCOMPLETE = "incomplete"
    """All lemmas follow, but they do not add up to a conflict."""
    BUDGET = "budget"


@dataclass(frozen=True)
class Checked:
    """What the check of a refutation found."""

    outcome: Outcome
    lemmas: int
    """How many lemmas were found to follow; with ``NOT_RUP`` the index of the one that does not."""
    steps: int
    """Propagation steps taken: clauses visited and literals looked at. The same on every machine."""


class OutOfSteps(Exception):
    """The budget of propagation steps is used up."""


def check(formula: Formula, lemmas: Iterable[Collection[int]], budget: int = DEFAULT_BUDGET) -> Checked:
    """Whether ``lemmas`` refute ``formula``.

    The empty clause at the end may be left out, since the lemmas before it already make unit
    propagation run into a conflict where it is RUP.

    Raises:
        FormatError: for a lemma with a number that is no literal of the formula's variables.

    """
    n = formula.variables
    clauses = Propagator(n, budget)
    proved = 0
    try:
        for clause in formula.clauses:
            clauses.add(clause)
        for lemma in lemmas:
            if clauses.refuted:
                break
            if lemma and (min(lemma) < -n or max(lemma) > n or 0 in lemma):
                raise FormatError(f"lemma {proved + 1} is not over the variables 1 to {n}")
            if not clauses.implies(lemma):
                return Checked(Outcome.NOT_RUP, proved, budget - clauses.budget)
            clauses.add(lemma)
            proved += 1
    except OutOfSteps:
        return Checked(Outcome.BUDGET, proved, budget)
    outcome = Outcome.REFUTED if clauses.refuted else Outcome.INCOMPLETE
    return Checked(outcome, proved, budget - clauses.budget)


class Propagator:
    """A growing set of clauses, closed under unit propagation.

    All literals must be of variables 1 to ``variables``, which callers see to: lists that are indexed
    by literal have ``2 * variables + 1`` entries, and Python's negative indices find the negative ones.
    """

    def __init__(self, variables: int, budget: int = DEFAULT_BUDGET) -> None:
        self.budget = budget
        """Steps that are left; :class:`OutOfSteps` is raised when there are none."""
        self.refuted = False
        """True once the clauses propagate to a conflict: no model satisfies them all."""
        self.conflict: list[int] = []
        """The clause that the last propagation found false."""
        self.value = [0] * (2 * variables + 1)
        """By literal: 1 when true, -1 when false, 0 when open."""
        self.trail: list[int] = []
        """The true literals in the order in which they became true; those for good come first."""
        self.reason: list[list[int]] = [[]] * (variables + 1)
        """By variable: the clause that made it true or false; empty for an assumption."""
        self.watchers: list[list[list[int]]] = [[] for _ in range(2 * variables + 1)]
        """By literal: the clauses that have it in one of their first two places."""

    def add(self, clause: Collection[int]) -> list[int] | None:
        """Add a clause for good; the list that holds it, or None where it changes nothing."""
        if self.refuted:
            return None
        self._spend(len(clause) + 1)
        value = self.value
        unset: list[int] = []
        false: list[int] = []
        for literal in dict.fromkeys(clause):
            if value[literal] > 0:
                return None  # true for good
            (false if value[literal] else unset).append(literal)
        kept = unset + false
        if len(unset) > 1:
            # The first two places are watched. Literals that are unset between calls stay so unless a
            # later clause sets them for good, and then propagation looks for others to watch.
            self.watchers[kept[0]].append(kept)
            self.watchers[kept[1]].append(kept)
        elif unset:
            self._set(kept[0], kept)
            self.refuted = not self._propagate(len(self.trail) - 1)
        else:
            self.conflict = kept
            self.refuted = True
        return kept

    def implies(self, clause: Collection[int]) -> bool:
        """True when the clause is RUP: assuming its literals false propagates to a conflict.

        Changes nothing but ``conflict`` and ``reason``, which then say why.
        """
        if self.refuted:
            return True
        self._spend(len(clause) + 1)
        fixed = len(self.trail)
        try:
            return self._contradicted(clause)
        finally:
            for literal in self.trail[fixed:]:
                self.value[literal] = self.value[-literal] = 0
            del self.trail[fixed:]

    def _contradicted(self, clause: Collection[int]) -> bool:
        start = len(self.trail)
        for literal in clause:
            if self.value[literal] > 0:  # for good, or because the clause is a tautology
                self.conflict = self.reason[abs(literal)]
                return True
            if not self.value[literal]:
                self._set(-literal, [])
        return not self._propagate(start)

    def _set(self, literal: int, reason: list[int]) -> None:
        self.value[literal], self.value[-literal] = 1, -1
        self.reason[abs(literal)] = reason
        self.trail.append(literal)

    def _propagate(self, head: int) -> bool:
        """Draw all consequences of the trail from ``head`` on; False when some clause becomes false."""
        value, watchers, trail, reason = self.value, self.watchers, self.trail, self.reason
        while head < len(trail):
            false = -trail[head]
            head += 1
            watching = watchers[false]
            watchers[false] = staying = []
            steps = 1 + len(watching)
            for i, clause in enumerate(watching):
                first = clause[0]
                if first == false:
                    first = clause[0] = clause[1]
                    clause[1] = false
                if value[first] > 0:
                    staying.append(clause)
                    continue
                steps += len(clause)
                for k in range(2, len(clause)):
                    other = clause[k]
                    if value[other] >= 0:
                        clause[1], clause[k] = other, false
                        watchers[other].append(clause)
                        break
                else:
                    staying.append(clause)
                    if value[first] < 0:
                        staying += watching[i + 1 :]
                        self.conflict = clause
                        self._spend(steps)
                        return False
                    value[first], value[-first] = 1, -1
                    reason[abs(first)] = clause
                    trail.append(first)
            self._spend(steps)
        return True

    def _spend(self, steps: int) -> None:
        self.budget -= steps
        if self.budget < 0:
            raise OutOfSteps
