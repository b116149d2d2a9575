"""Random graphs, as lists of edges between the vertices 0, 1, ..., each with its lower end first."""

from __future__ import annotations

import random
from typing import Any

from verigym.envs.sat.shapes.scramble import shuffled
from verigym.errors import FamilyError

Edge = tuple[int, int]

TRIES = 1_000


def check_regular(n: Any, degree: Any) -> None:
    """Whether there is a connected graph of ``n`` vertices that each have so many neighbours.

    Raises:
        FamilyError: when there is none.

    """
    if degree >= n or n * degree % 2:
        raise FamilyError(
            f"no graph has n = {n} vertices with degree = {degree} neighbours each: degree must be "
            "below n, and their product even"
        )


def regular(rng: random.Random, n: int, degree: int) -> list[Edge]:
    """A connected random graph in which each of ``n`` vertices has ``degree`` neighbours.

    Points are paired one after the other where that gives no loop and no second edge, and all anew when
    nothing is left to pair (Steger and Wormald 1999), or the graph is not connected.

    Raises:
        FamilyError: when no graph is found, which does not happen for a degree of 3 or more.

    """
    for _ in range(TRIES):
        edges = _paired(rng, n, degree)
        if edges is not None and _connected(n, edges):
            return edges
    raise FamilyError(f"no connected graph of degree {degree} was found on {n} vertices")


def _paired(rng: random.Random, n: int, degree: int) -> list[Edge] | None:
    points = [vertex for vertex in range(n) for _ in range(degree)]
    edges: set[Edge] = set()
    while points:
        rest: list[int] = []
        for one, two in zip(*[iter(shuffled(rng, points))] * 2, strict=True):
            edge = (min(one, two), max(one, two))
            if one == two or edge in edges:
                rest += [one, two]
            else:
                edges.add(edge)
        if len(rest) == len(points):
            return None
        points = rest
    return sorted(edges)


def _connected(n: int, edges: list[Edge]) -> bool:
    neighbours: dict[int, list[int]] = {vertex: [] for vertex in range(n)}
    for one, two in edges:
        neighbours[one].append(two)
        neighbours[two].append(one)
    seen, pending = {0}, [0]
    while pending:
        new = set(neighbours[pending.pop()]) - seen
        seen |= new
        pending += sorted(new)
    return len(seen) == n
