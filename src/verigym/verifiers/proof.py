"""Checking refutations step by step: RUP and RAT over DRAT text, deletions ignored.

A refutation is a list of lemmas; each is checked against the formula and all lemmas before it. It must
be

* *RUP*: assuming all its literals false makes unit propagation run into a conflict. Then those clauses
  imply it, since unit propagation draws only consequences. Or it must be
* *RAT* on its first literal ``p``, the pivot: each resolvent with a clause that holds ``-p`` is RUP.
  Then any model of those clauses can be turned into one of the lemma too: where it makes the lemma
  false, let it make ``p`` true instead; the clauses that hold ``-p`` stay true because of the
  resolvents. So the lemma may remove models but never the last one. A lemma may use new variables, as
  definitions do.

So every clause that is held at any time has a model if the formula has one. When unit propagation
alone finds a conflict among them, the formula has none. Deletions are ignored, which is sound: with
more clauses held, more follows by propagation, and RAT asks for more resolvents. (A RAT step that only
holds because a clause was deleted before is refused, therefore. Reading deletions as solvers write
them has its own traps, since some delete clauses that propagation rests on.)

Sources: E. Goldberg, Y. Novikov, "Verification of Proofs of Unsatisfiability for CNF Formulas", DATE
2003; M. Järvisalo, M. Heule, A. Biere, "Inprocessing Rules", IJCAR 2012; N. Wetzler, M. Heule, W.
Hunt, "DRAT-trim: Efficient Checking and Trimming Using Expressive Clausal Proofs", SAT 2014.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from verigym.errors import FormatError
from verigym.verifiers.cnf import Formula
from verigym.verifiers.propagation import Layout, OutOfSteps, Propagator, numbers

DEFAULT_BUDGET = 10_000_000
"""Steps that one refutation may cost, some 5 seconds; one of 100 variables needs some 50,000."""
MAX_NEW_VARIABLES = 10_000
"""Lemmas may use this many variables beyond the formula's."""


class Outcome(str, Enum):
    """How checking a refutation ended."""

    REFUTED = "refuted"
    REFUSED = "refused"
    """A step does not follow by the rules; it may still be true."""
    INCOMPLETE = "incomplete"
    """All steps follow, but they do not add up to a conflict."""
    BUDGET = "budget"


@dataclass(frozen=True)
class Checked:
    """What the check of a refutation found."""

    outcome: Outcome
    lemmas: int
    """How many steps were found to follow; with ``REFUSED`` the index of the one that does not."""
    steps: int
    """Elementary steps of the check, as its budget counts them. The same on every machine."""
    rat: int = 0
    """How many of those steps are not RUP, but RAT."""
    reason: str = ""
    """With ``REFUSED``, why: fit to show whoever wrote the refutation."""


def check(
    formula: Formula | Layout, lemmas: Iterable[Collection[int]], budget: int = DEFAULT_BUDGET
) -> Checked:
    """Whether ``lemmas`` refute ``formula``.

    The first literal of each lemma, in the order of iteration, is its pivot. The empty clause at the
    end may be left out, since the lemmas before it already make unit propagation run into a conflict
    where it is RUP. What is given as a :class:`Layout` need not be laid out again with each refutation
    of it.

    Raises:
        FormatError: for a lemma with a number that is no literal of the formula's variables and
            :data:`MAX_NEW_VARIABLES` more.

    """
    layout = formula if isinstance(formula, Layout) else Layout(formula)
    limit = layout.formula.variables + MAX_NEW_VARIABLES
    highest = layout.formula.variables
    proved = rat = 0
    try:
        clauses = Propagator(layout, budget)
        partners = _Partners(layout.formula.clauses, clauses)
        for lemma in lemmas:
            if clauses.refuted:
                break
            if lemma:
                top = max(max(lemma), -min(lemma))
                if top > limit or 0 in lemma:
                    raise FormatError(f"lemma {proved + 1} is not over the variables 1 to {limit}")
                if top > highest:
                    clauses.grow(top)
                    highest = top
            literals = numbers(lemma)
            mark = len(clauses.trail)
            if not clauses.falsify(literals):
                if not lemma or not _is_rat(clauses, partners, next(iter(lemma))):
                    return Checked(Outcome.REFUSED, proved, budget - clauses.budget, rat, _REASON)
                rat += 1
            clauses.undo(mark)
            clauses.add(literals)
            partners.add(lemma)
            proved += 1
    except OutOfSteps:
        return Checked(Outcome.BUDGET, proved, budget, rat)
    outcome = Outcome.REFUTED if clauses.refuted else Outcome.INCOMPLETE
    return Checked(outcome, proved, budget - clauses.budget, rat)


_REASON = "does not follow by unit propagation"


class _Partners:
    """Which clauses hold a literal: found by looking at all of them, once a RAT step asks for it."""

    def __init__(self, clauses: Sequence[Collection[int]], meter: Propagator) -> None:
        self._unread = list(clauses)
        self._meter = meter
        self._with: dict[int, list[Collection[int]]] = {}

    def add(self, clause: Collection[int]) -> None:
        self._unread.append(clause)

    def holding(self, literal: int) -> list[Collection[int]]:
        for clause in self._unread:
            self._meter.spend(len(clause) + 1)
            for x in set(clause):
                self._with.setdefault(x, []).append(clause)
        self._unread.clear()
        return self._with.get(literal, [])


def _is_rat(clauses: Propagator, partners: _Partners, pivot: int) -> bool:
    """Whether all resolvents of the lemma that is assumed false upon its pivot are RUP."""
    mark = len(clauses.trail)
    for partner in partners.holding(-pivot):
        clauses.spend(len(partner) + 1)
        conflict = clauses.falsify(numbers(x for x in partner if x != -pivot))
        clauses.undo(mark)
        if not conflict:
            return False
    return True
