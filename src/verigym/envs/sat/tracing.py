"""Unit propagation that remembers why: for making references, not for judging.

The checker in :mod:`verigym.verifiers.propagation` only says whether there is a conflict. This one,
plain watched literals (M. Moskewicz et al., "Chaff", DAC 2001), also keeps the clause that set each
literal, so the clauses that a conflict rests on can be collected. Whatever is made with it is checked
again by the other one.
"""

from __future__ import annotations

from collections.abc import Collection


class TracingPropagator:
    """A growing set of clauses, closed under unit propagation.

    All literals must be of variables 1 to ``variables``, which callers see to: lists that are indexed
    by literal have ``2 * variables + 1`` entries, and Python's negative indices find the negative ones.
    """

    def __init__(self, variables: int) -> None:
        self.refuted = False
        """True once the clauses propagate to a conflict: no model satisfies them all."""
        self.conflict: list[int] = []
        """The clause that the last propagation found false."""
        self.value = [0] * (2 * variables + 1)
        """By literal: 1 when true, -1 when false, 0 when open."""
        self.trail: list[int] = []
        """The true literals in the order in which they became true; those for good come first."""
        self.order: list[int] = []
        """The trail as it was when :meth:`implies` ended or a conflict was found for good."""
        self.reason: list[list[int]] = [[]] * (variables + 1)
        """By variable: the clause that made it true or false; empty for an assumption."""
        self.watchers: list[list[list[int]]] = [[] for _ in range(2 * variables + 1)]
        """By literal: the clauses that have it in one of their first two places."""

    def add(self, clause: Collection[int]) -> list[int] | None:
        """Add a clause for good; the list that holds it, or None where it changes nothing."""
        if self.refuted:
            return None
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
        if self.refuted:
            self.order = list(self.trail)
        return kept

    def implies(self, clause: Collection[int]) -> bool:
        """True when the clause is RUP: assuming its literals false propagates to a conflict.

        Changes nothing but ``conflict``, ``reason`` and ``order``, which then say why.
        """
        if self.refuted:
            return True
        fixed = len(self.trail)
        try:
            return self._contradicted(clause)
        finally:
            self.order = list(self.trail)
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
            for i, clause in enumerate(watching):
                first = clause[0]
                if first == false:
                    first = clause[0] = clause[1]
                    clause[1] = false
                if value[first] > 0:
                    staying.append(clause)
                    continue
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
                        return False
                    value[first], value[-first] = 1, -1
                    reason[abs(first)] = clause
                    trail.append(first)
        return True

    def behind(self, assumed: Collection[int]) -> list[list[int]]:
        """The clauses that the last conflict was derived from, in the order of propagation.

        ``assumed`` is the clause that was tested, empty for a conflict without assumptions.
        """
        needed = set(map(abs, self.conflict))
        given = set(map(abs, assumed))
        chain = [self.conflict]
        for literal in reversed(self.order):
            variable = abs(literal)
            if variable in needed and variable not in given:
                chain.append(self.reason[variable])
                needed.update(map(abs, self.reason[variable]))
        return chain[::-1]
