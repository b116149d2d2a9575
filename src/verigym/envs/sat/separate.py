"""A small CNF that keeps one set of assignments and excludes another: references of interpolants.

Each clause excludes a cube that meets the set to be excluded and misses the one to be kept, made as
large as it can be; cubes are taken until nothing is left, and those that others cover are dropped. This
is the covering of two-level minimisation (McCluskey 1956), done greedily in several orders.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from verigym import seeding
from verigym.envs.sat.shapes.scramble import shuffled
from verigym.verifiers.truth import Table, table

ORDERS = 8

Clause = tuple[int, ...]


def separating(variables: int, keep: int, exclude: int) -> list[Clause]:
    """Clauses over ``variables`` that all rows of ``keep`` satisfy, and no row of ``exclude`` does.

    The sets must be disjoint. The same for the same sets.
    """
    rng = random.Random(seeding.derive("separate", variables, f"{keep:x}", f"{exclude:x}"))
    rows = table(variables)
    found = [_cover(rng, rows, keep, exclude) for _ in range(ORDERS)]
    return min(found, key=lambda clauses: (len(clauses) + sum(map(len, clauses)), clauses))


def _cover(rng: random.Random, rows: Table, keep: int, exclude: int) -> list[Clause]:
    left, clauses = exclude, []
    while left:
        cube = rows.literals(_member(left, rng.randrange(left.bit_count())))
        for literal in shuffled(rng, cube):
            wider = tuple(x for x in cube if x != literal)
            if not _rows(rows, wider) & keep:
                cube = wider
        clauses.append(tuple([-x for x in cube]))
        left &= ~_rows(rows, cube)
    for clause in list(clauses):
        others = [c for c in clauses if c != clause]
        if not rows.models(others) & exclude:
            clauses = others
    return sorted(clauses)


def _member(rows: int, number: int) -> int:
    """The row of this number, from 0, among the rows of a set."""
    for _ in range(number):
        rows &= rows - 1
    return (rows & -rows).bit_length() - 1


def _rows(rows: Table, cube: Sequence[int]) -> int:
    """The rows in which all literals of a cube are true."""
    return rows.falsified([-x for x in cube])
