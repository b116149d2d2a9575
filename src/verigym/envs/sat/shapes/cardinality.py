"""At most so many of some literals, as clauses: three encodings from the literature."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations

Clauses = list[list[int]]
Encoding = Callable[[Sequence[int], int, int], tuple[Clauses, int]]
"""From literals, the bound (from 0 to below their number) and the last variable in use to the clauses
and the last variable in use then."""


def binomial(literals: Sequence[int], bound: int, last: int) -> tuple[Clauses, int]:
    """No ``bound + 1`` of the literals, one clause for each such set; without auxiliary variables."""
    return [[-x for x in chosen] for chosen in combinations(literals, bound + 1)], last


def sequential(literals: Sequence[int], bound: int, last: int) -> tuple[Clauses, int]:
    """Counting along the literals, in unary (Sinz 2005, "Towards an optimal CNF encoding of Boolean
    cardinality constraints").

    With n literals and a bound k above 0 it takes (n - 1)k auxiliary variables and 2nk + n - 3k - 1
    clauses: ``count[i][j]`` is true when more than j of the literals up to i are.
    """
    if not bound:
        return [[-x] for x in literals], last
    count = [[last + i * bound + j + 1 for j in range(bound)] for i in range(len(literals) - 1)]
    clauses = [[-literals[0], count[0][0]], *([-x] for x in count[0][1:])]
    for x, before, now in zip(literals[1:-1], count, count[1:], strict=False):
        clauses += [[-x, now[0]], [-before[0], now[0]]]
        for j in range(1, bound):
            clauses += [[-x, -before[j - 1], now[j]], [-before[j], now[j]]]
        clauses.append([-x, -before[-1]])
    clauses.append([-literals[-1], -count[-1][-1]])
    return clauses, last + len(count) * bound


def totalizer(literals: Sequence[int], bound: int, last: int) -> tuple[Clauses, int]:
    """Adding halves up, in unary (Bailleux and Boufkhad 2003, "Efficient CNF encoding of Boolean
    cardinality constraints"), as far as one above the bound and in the one direction that is needed.
    """
    clauses: Clauses = []

    def total(some: Sequence[int]) -> list[int]:
        nonlocal last
        if len(some) == 1:
            return list(some)
        half = len(some) // 2
        left, right = total(some[:half]), total(some[half:])
        out = [last + i + 1 for i in range(min(len(some), bound + 1))]
        last += len(out)
        for i in range(len(left) + 1):
            for j in range(len(right) + 1):
                if 0 < i + j <= len(out):  # when i of the left and j of the right are, i + j are
                    clauses.append([-x for x in (*left[:i][-1:], *right[:j][-1:])] + [out[i + j - 1]])
        return out

    clauses.append([-total(literals)[bound]])
    return clauses, last


ENCODINGS: Mapping[str, Encoding] = {
    "sequential": sequential,
    "totalizer": totalizer,
    "binomial": binomial,
}
