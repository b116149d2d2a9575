"""A straightforward RUP checker, the other side of what ``sat_refutations.py`` measures.

Unit propagation as it was done before literals were watched (counters, as in GRASP: J. Marques-Silva,
K. Sakallah, "GRASP: A New Search Algorithm for Satisfiability", ICCAD 1996): each literal knows the
clauses that hold it, each clause counts its true and its false literals, and what was assumed is taken
back by counting down again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence


class Counting:
    """Clauses, and an assignment that is closed under unit propagation."""

    def __init__(self) -> None:
        self.clauses: list[tuple[int, ...]] = []
        self.holding: dict[int, list[int]] = {}
        self.true: list[int] = []
        self.false: list[int] = []
        self.assigned: dict[int, None] = {}
        self.refuted = False

    def add(self, clause: Iterable[int]) -> None:
        """Add a clause for good."""
        literals = tuple(dict.fromkeys(clause))
        number = len(self.clauses)
        self.clauses.append(literals)
        for literal in literals:
            self.holding.setdefault(literal, []).append(number)
        self.true.append(sum(literal in self.assigned for literal in literals))
        self.false.append(sum(-literal in self.assigned for literal in literals))
        if not self.true[number]:
            rest = [literal for literal in literals if -literal not in self.assigned]
            if not rest:
                self.refuted = True
            elif len(rest) == 1:
                self.refuted = self.conflict(rest)

    def implies(self, lemma: Sequence[int]) -> bool:
        """Whether the negated lemma propagates to a conflict."""
        fixed = len(self.assigned)
        found = self.conflict([-literal for literal in lemma])
        for literal in list(self.assigned)[fixed:]:
            del self.assigned[literal]
            for number in self.holding.get(literal, ()):
                self.true[number] -= 1
            for number in self.holding.get(-literal, ()):
                self.false[number] -= 1
        return found

    def conflict(self, pending: list[int]) -> bool:
        """Assign these literals and all that follows; True when that is contradictory."""
        while pending:
            literal = pending.pop()
            if -literal in self.assigned:
                return True
            if literal in self.assigned:
                continue
            self.assigned[literal] = None
            for number in self.holding.get(literal, ()):
                self.true[number] += 1
            for number in self.holding.get(-literal, ()):
                self.false[number] += 1
                if not self.true[number] and self.false[number] == len(self.clauses[number]) - 1:
                    pending += [x for x in self.clauses[number] if -x not in self.assigned]
        return False


def refutes(clauses: Iterable[Sequence[int]], lemmas: Iterable[Sequence[int]]) -> bool:
    """Whether each lemma is RUP and all together propagate to a conflict."""
    known = Counting()
    for clause in clauses:
        known.add(clause)
    for lemma in lemmas:
        if known.refuted:
            return True
        if not known.implies(lemma):
            return False
        known.add(lemma)
    return known.refuted
