"""Truth tables as integers: exact answers about small formulas, without any search.

Row ``r`` of the table of ``n`` variables is the assignment in which variable ``v`` is true when bit
``v - 1`` of ``r`` is set. A set of rows is an int of ``2**n`` bits, so a clause costs a few operations
on such ints, whatever it is. With 16 variables an int has 8 kB, with 20 it has 128 kB.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

MAX_VARIABLES = 20


class Table:
    """The rows of ``n`` variables, at most :data:`MAX_VARIABLES`; use :func:`table` to share one.

    Raises:
        ValueError: for more variables.

    """

    def __init__(self, n: int) -> None:
        if not 0 <= n <= MAX_VARIABLES:
            raise ValueError(f"a truth table of {n} variables; at most {MAX_VARIABLES} are possible")
        self.n = n
        self.rows = 1 << n
        self.all = (1 << self.rows) - 1
        """Every row."""
        self._where: dict[int, int] = {}
        for v in range(1, n + 1):
            half = 1 << (v - 1)
            true, width = ((1 << half) - 1) << half, 2 * half
            while width < self.rows:
                true |= true << width
                width *= 2
            self._where[v], self._where[-v] = true, self.all ^ true

    def where(self, literal: int) -> int:
        """The rows in which a literal is true; ``KeyError`` when it is none of these variables."""
        return self._where[literal]

    def falsified(self, clause: Iterable[int]) -> int:
        """The rows in which all literals of a clause are false."""
        rows = self.all
        for literal in clause:
            rows &= self._where[-literal]
        return rows

    def models(self, clauses: Iterable[Iterable[int]]) -> int:
        """The rows that satisfy every clause."""
        rows = self.all
        for clause in clauses:
            some = 0
            for literal in clause:
                some |= self._where[literal]
            rows &= some
        return rows

    def project(self, rows: int, variables: Iterable[int]) -> int:
        """The rows that agree with one of ``rows`` on these variables; the others are projected out."""
        for v in set(range(1, self.n + 1)) - set(variables):
            shift = 1 << (v - 1)
            rows |= (rows & self._where[v]) >> shift
            rows |= (rows & self._where[-v]) << shift
        return rows

    def literals(self, row: int) -> tuple[int, ...]:
        """The assignment of one row, as a literal for each variable."""
        return tuple([v if row >> (v - 1) & 1 else -v for v in range(1, self.n + 1)])

    def assignments(self, rows: int) -> Iterator[tuple[int, ...]]:
        """The assignments of a set of rows, in the order of their numbers."""
        while rows:
            lowest = rows & -rows
            yield self.literals(lowest.bit_length() - 1)
            rows ^= lowest


@lru_cache(maxsize=MAX_VARIABLES + 1)
def table(n: int) -> Table:
    """The table of ``n`` variables; the same one each time."""
    return Table(n)


def covered(sets: Iterable[int]) -> tuple[int, int]:
    """The rows that are in one of these sets or more, and those that are in two or more.

    What is in a set and not in two is in no other: of sets of rows that clauses falsify, this shows the
    clauses that the others cannot do without.
    """
    once = twice = 0
    for rows in sets:
        twice |= once & rows
        once |= rows
    return once, twice
