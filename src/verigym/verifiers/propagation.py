"""Unit propagation: the trusted core of the refutation checker, and nothing else.

Inside, literals are numbered ``2v`` for variable ``v`` and ``2v + 1`` for its negation, so ``x ^ 1``
negates and a list indexed by literal has no gaps. Number 0 is a literal that is always false.

A clause of two or three literals is kept as pairs: for each of its literals the other two (0 where
there is only one), which are looked at when that literal becomes false. Pairs never move, so those of
a formula are made once (:class:`Layout`) and shared by all that is ever checked against it. Longer
clauses are watched: in each, two literals that are not false, as long as there are two.

Sources of the methods: two watched literals, M. Moskewicz et al., "Chaff", DAC 2001; short clauses
apart from the watched ones, L. Ryan, "Efficient Algorithms for Clause-Learning SAT Solvers", SFU 2004.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, islice

from verigym.verifiers.cnf import Formula

MAX_PAIRS = 32
"""Most pairs that one literal has; more clauses with it are watched, however short they
are. So setting a literal costs little enough to be counted as one step."""

Pair = tuple[int, int]


class OutOfSteps(Exception):
    """The budget of propagation steps is used up."""


def numbers(clause: Iterable[int]) -> list[int]:
    """The literals of a clause as they are numbered here, each once, in the same order."""
    return list(dict.fromkeys([2 * x if x > 0 else 1 - 2 * x for x in clause]))


class Layout:
    """A formula's clauses as propagation wants them; never changed once made."""

    def __init__(self, formula: Formula) -> None:
        self.formula = formula
        self.pairs: list[list[Pair]] = [[] for _ in range(2 * formula.variables + 2)]
        """By literal: the rests of the clauses of three literals that hold it."""
        self.others: list[list[int]] = []
        """All other clauses; the propagator simplifies them and finds their place."""
        pairs = self.pairs
        for clause in formula.clauses:
            rest = numbers(clause)
            if len(rest) == 3:
                a, b, c = rest
                if len({a >> 1, b >> 1, c >> 1}) == 3 and (
                    len(pairs[a]) < MAX_PAIRS > len(pairs[b]) and len(pairs[c]) < MAX_PAIRS
                ):
                    pairs[a].append((b, c))
                    pairs[b].append((a, c))
                    pairs[c].append((a, b))
                    continue
            self.others.append(rest)


class Propagator:
    """A formula and clauses added to it, closed under unit propagation.

    Clauses are given in :func:`numbers`. Every method raises :class:`OutOfSteps` when the budget is
    used up; then no more can be asked.
    """

    def __init__(self, layout: Layout, budget: int) -> None:
        size = len(layout.pairs)
        self.budget = budget
        """Steps that are left: literals set, and literals looked at in watched clauses and in clauses
        that are added. The same on every machine."""
        self.refuted = False
        """True once the clauses propagate to a conflict: no model satisfies them all."""
        self.false = [False] * size
        """By literal: whether it is false."""
        self.false[0] = True
        self.trail: list[int] = []
        """The false literals in the order in which they became so; those for good come first."""
        self.given = list(layout.pairs)
        self.pairs = list(layout.pairs)
        """By literal, as in :class:`Layout`, whose own lists are replaced before anything is added."""
        self.watched: list[list[list[int]]] = [[] for _ in range(size)]
        """By literal: the watched clauses that have it in one of their first two places."""
        self.spend(size)
        for clause in layout.others:
            self.add(clause)

    def grow(self, variables: int) -> None:
        """Make room for literals of the variables up to this one."""
        more = 2 * variables + 2 - len(self.false)
        if more > 0:
            self.spend(more)
            self.false += [False] * more
            self.given += [[]] * more
            self.pairs += self.given[-more:]
            self.watched += [[] for _ in range(more)]

    def add(self, clause: list[int]) -> None:
        """Add a clause for good."""
        if self.refuted:
            return
        self.spend(len(clause) + 1)
        false = self.false
        rest: dict[int, None] = {}  # what is false for good is left out
        for x in clause:
            if not false[x]:
                if false[x ^ 1] or x ^ 1 in rest:
                    return  # true for good
                rest[x] = None
        if len(rest) > 1:
            self._keep(list(rest))
        elif rest:
            self.refuted = self.falsify([x ^ 1 for x in rest])
        else:
            self.refuted = True

    def falsify(self, clause: list[int]) -> bool:
        """Set the literals of a clause false, and propagate: True on a conflict.

        What was set stays so until :meth:`undo`.
        """
        false, trail = self.false, self.trail
        start = len(trail)
        for x in clause:
            if not false[x]:
                if false[x ^ 1]:
                    return True  # it is true for good, or the clause holds its negation
                false[x] = True
                trail.append(x)
        return self._conflict(start)

    def undo(self, mark: int) -> None:
        """Forget all that was set since the trail had ``mark`` literals."""
        false = self.false
        for x in self.trail[mark:]:
            false[x] = False
        del self.trail[mark:]

    def spend(self, steps: int) -> None:
        """Take steps from the budget."""
        self.budget -= steps
        if self.budget < 0:
            raise OutOfSteps

    def _keep(self, rest: list[int]) -> None:
        """Put two or more different literals, none of them set, where propagation finds them."""
        pairs = self.pairs
        if len(rest) > 3 or max([len(pairs[x]) for x in rest]) >= MAX_PAIRS:
            self.watched[rest[0]].append(rest)
            self.watched[rest[1]].append(rest)
            return
        a, b, c = (*rest, 0)[:3]
        for x, pair in zip(rest, ((b, c), (a, c), (a, b)), strict=False):
            if pairs[x] is self.given[x]:
                pairs[x] = [*pairs[x], pair]
            else:
                pairs[x].append(pair)

    def _conflict(self, start: int) -> bool:
        """Draw all consequences of the trail from ``start`` on; True when some clause becomes false.

        Pairs first, as long as they say anything; then the watched clauses of one literal more.
        """
        false, watched, trail = self.false, self.watched, self.trail
        pairs_of, push = self.pairs.__getitem__, trail.append
        short = long = start
        while True:
            # One loop over all pairs of all literals: the trail that it walks grows meanwhile.
            found = False
            for a, b in chain.from_iterable(map(pairs_of, islice(trail, short, None))):
                if false[a]:
                    y = b ^ 1
                    if not false[y]:
                        if false[b]:
                            found = True
                            break
                        false[y] = True
                        push(y)
                elif false[b]:
                    y = a ^ 1
                    if not false[y]:
                        false[y] = True
                        push(y)
            self.spend(len(trail) - short + 1)
            if found:
                return True
            short = len(trail)
            while len(trail) == short:
                if long == short:
                    return False
                x = trail[long]
                long += 1
                if watched[x] and self._conflict_of_watched(x):
                    return True

    def _conflict_of_watched(self, x: int) -> bool:
        """Draw what the clauses that watch ``x`` say now that it is false; True when one is false."""
        false, watched, trail = self.false, self.watched, self.trail
        watching = watched[x]
        watched[x] = staying = []
        steps = len(watching)
        conflict = False
        for i, clause in enumerate(watching, 1):
            first = clause[0]
            if first == x:
                first = clause[0] = clause[1]
                clause[1] = x
            if false[first ^ 1]:
                staying.append(clause)
                continue
            for k in range(2, len(clause)):
                other = clause[k]
                if not false[other]:
                    clause[1] = other
                    clause[k] = x
                    watched[other].append(clause)
                    steps += k
                    break
            else:
                steps += len(clause)
                staying.append(clause)
                if false[first]:
                    staying += watching[i:]
                    conflict = True
                    break
                false[first ^ 1] = True
                trail.append(first ^ 1)
        self.spend(steps)
        return conflict
