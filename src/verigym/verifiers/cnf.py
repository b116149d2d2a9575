"""A formula in conjunctive normal form, and the exact check of a model, without any solver.

For each literal the formula keeps the set of clauses that hold it, as the bits of one integer, so the
clauses that a model satisfies are the union of its literals' sets.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from verigym.errors import FormatError

MAX_VARIABLES = 10_000
MAX_SIZE = 100_000
MAX_CELLS = 20_000_000


@dataclass(frozen=True)
class Formula:
    """A CNF formula: clauses of literals, where ``v`` is a variable and ``-v`` its negation.

    Nothing is simplified: repeated clauses, repeated literals, tautologies and the empty clause (which
    no model satisfies) stay as they are. A formula without clauses is true.

    Raises:
        FormatError: when a number is not an int or a literal is 0 or beyond ``variables``.

    """

    variables: int
    """Variables are 1 to this number, whether or not they occur."""
    clauses: tuple[tuple[int, ...], ...]

    def __post_init__(self) -> None:
        n = self.variables
        if type(n) is not int or n < 0:
            raise FormatError(f"a formula has {n!r} variables; it must be an int from 0 up")
        if type(self.clauses) is not tuple or not set(map(type, self.clauses)) <= {tuple}:
            raise FormatError("the clauses of a formula must be a tuple of tuples of ints")
        types = set(map(type, chain.from_iterable(self.clauses)))
        if not types <= {int}:
            raise FormatError(f"literals are ints, not {min(t.__name__ for t in types - {int})}")
        wrong = self._beyond(set(chain.from_iterable(self.clauses)))
        if wrong is not None:
            raise FormatError(
                f"{wrong} is not a literal of {n} variables: those are 1 to {n} and -1 to -{n}"
            )

    @classmethod
    def of(cls, variables: int, clauses: Iterable[Iterable[int]]) -> Formula:
        """The formula with these clauses, given as any iterables."""
        return cls(variables, tuple(tuple(clause) for clause in clauses))

    @classmethod
    def made(cls, variables: int, clauses: tuple[tuple[int, ...], ...]) -> Formula:
        """The formula with clauses that the caller has just made, and so need not be looked at."""
        formula = object.__new__(cls)
        formula.__dict__.update(variables=variables, clauses=clauses)
        return formula

    @property
    def size(self) -> int:
        """Clauses and literals together: what the formula costs to write and to read."""
        return len(self.clauses) + sum(map(len, self.clauses))

    @cached_property
    def occurrences(self) -> dict[int, int]:
        """For each literal the clauses that hold it, clause ``i`` as bit ``i``."""
        sets = {sign * v: 0 for v in range(1, self.variables + 1) for sign in (1, -1)}
        for i, clause in enumerate(self.clauses):
            bit = 1 << i
            for literal in clause:
                sets[literal] |= bit
        return sets

    def satisfied(self, literals: Iterable[int]) -> int:
        """How many clauses hold at least one of these literals; ``KeyError`` for other numbers."""
        if "occurrences" not in self.__dict__ and not self.__dict__.setdefault("_asked", False):
            self.__dict__["_asked"] = True  # once: the sets of all literals pay from the second time on
            true = set(literals)
            if (wrong := self._beyond(true)) is not None:
                raise KeyError(wrong)
            return sum([not true.isdisjoint(clause) for clause in self.clauses])
        occurrences = self.occurrences
        union = 0
        for literal in literals:
            union |= occurrences[literal]
        return union.bit_count()

    def _beyond(self, literals: set[int]) -> int | None:
        """A number among these that is no literal of the formula's variables, or None."""
        n = self.variables
        if not literals or (0 not in literals and -n <= min(literals) and max(literals) <= n):
            return None
        return next(x for x in literals if not 0 < abs(x) <= n)

    def oversized(self) -> str | None:
        """Why this formula is too large to be a task, or None.

        The limits bound what one task may cost: the table of occurrences takes at most 5 MB.
        """
        limits = (
            (self.variables, MAX_VARIABLES, "variables"),
            (self.size, MAX_SIZE, "clauses and literals together"),
            (self.variables * len(self.clauses), MAX_CELLS, "variables times clauses"),
        )
        for value, limit, what in limits:
            if value > limit:
                return f"it has {value:,} {what}; a task has at most {limit:,}"
        return None
