"""Simple properties of graphs whose edges, or whose chosen vertices, are the literals."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from verigym.envs.sat.constraints.builder import Builder
from verigym.envs.sat.constraints.constraint import (
    Constraint,
    Literals,
    Parameters,
)
from verigym.envs.sat.constraints.sums import at_least, rows_of_sums
from verigym.envs.sat.shapes.scramble import shuffled


class Path(Constraint):
    """Some path of present edges joins two vertices."""

    name = "path"
    low = 6

    def draw(self, rng: random.Random, count: int) -> dict[str, Any]:
        vertices = 4
        while vertices * (vertices - 1) // 2 - 1 < count + 2:
            vertices += 1
        # The edge between the two vertices in question would make it easy.
        pairs = [(u, v) for v in range(2, vertices + 1) for u in range(1, v) if (u, v) != (1, vertices)]
        edges = sorted(shuffled(rng, pairs)[:count])
        return {"vertices": vertices, "edges": [list(edge) for edge in edges]}

    def words(self, literals: Literals, parameters: Parameters) -> str:
        pairs = zip(literals, parameters["edges"], strict=True)
        edges = ", ".join(f"{literal} for the edge {u}-{v}" for literal, (u, v) in pairs)
        last = parameters["vertices"]
        return (
            f"In the undirected graph with the vertices 1 to {last}, whose edges are there exactly "
            f"when their literals are true, some path joins vertex 1 and vertex {last}. The literals "
            f"are: {edges}."
        )

    def rows(self, true: Sequence[int], everything: int, parameters: Parameters) -> int:
        last = parameters["vertices"]
        reached = [0] * (last + 1)
        reached[1] = everything
        for _ in range(last):
            for rows, (u, v) in zip(true, parameters["edges"], strict=True):
                reached[v] |= reached[u] & rows
                reached[u] |= reached[v] & rows
        return reached[last]

    def encode(self, cnf: Builder, literals: Literals, parameters: Parameters) -> None:
        """From the last vertex backward: a claim that a vertex is reached in so many steps.

        Each claim needs a present edge from vertex 1, or one from a vertex that is claimed to be
        reached in one step fewer. Claims that no path needs may be false, so nothing is said the other
        way round.
        """
        last = parameters["vertices"]
        edges = list(zip(literals, parameters["edges"], strict=True))
        wanted = {last: 0}  # vertex -> the variable that claims it, for this number of steps
        for steps in range(last - 1, 0, -1):
            before: dict[int, int] = {}
            claims = []
            for vertex, claim in wanted.items():
                ways = []
                for literal, (u, v) in edges:
                    if vertex not in (u, v):
                        continue
                    other = u + v - vertex
                    if other == 1:
                        ways.append((literal, 0))
                    elif other != last and steps > 1:
                        if other not in before:
                            before[other] = cnf.fresh()
                        ways.append((literal, before[other]))
                claims.append((claim, ways))
            for claim, ways in claims:
                head = (-claim,) if claim else ()
                options = []
                for literal, source in ways:
                    if not source:
                        options.append(literal)
                        continue
                    both = cnf.fresh()
                    cnf.add(-both, literal)
                    cnf.add(-both, source)
                    options.append(both)
                cnf.add(*head, *options)
            wanted = before
            if not wanted:
                break


class Dominating(Constraint):
    """The chosen vertices are few, and every vertex is chosen or next to a chosen one."""

    name = "dominating"
    low = 6

    def draw(self, rng: random.Random, count: int) -> dict[str, Any]:
        edges = {(v - 1 - rng.randrange(min(v - 1, 3)), v) for v in range(2, count + 1)}
        while len(edges) < count + count // 3:
            u, v = 1 + rng.randrange(count), 1 + rng.randrange(count)
            if u != v:
                edges.add((min(u, v), max(u, v)))
        return {"edges": sorted(map(list, edges)), "most": count // 2}

    def words(self, literals: Literals, parameters: Parameters) -> str:
        numbered = ", ".join(f"{x} for vertex {v}" for v, x in enumerate(literals, 1))
        edges = ", ".join(f"{u}-{v}" for u, v in parameters["edges"])
        return (
            f"In the undirected graph with the vertices 1 to {len(literals)} and the edges {edges}, at "
            f"most {parameters['most']} vertices are chosen, and every vertex is chosen or has a "
            "neighbour that is. A vertex is chosen exactly when its literal is true. The literals are: "
            f"{numbered}."
        )

    def rows(self, true: Sequence[int], everything: int, parameters: Parameters) -> int:
        found = 0
        for total, rows in rows_of_sums(true, [1] * len(true), everything).items():
            found |= rows if total <= parameters["most"] else 0
        near = list(true)
        for u, v in parameters["edges"]:
            near[u - 1] |= true[v - 1]
            near[v - 1] |= true[u - 1]
        for rows in near:
            found &= rows
        return found

    def encode(self, cnf: Builder, literals: Literals, parameters: Parameters) -> None:
        near: list[list[int]] = [[literal] for literal in literals]
        for u, v in parameters["edges"]:
            near[u - 1].append(literals[v - 1])
            near[v - 1].append(literals[u - 1])
        for clause in near:
            cnf.add(*clause)
        count = len(literals)
        at_least(cnf, [(-literal, 1) for literal in literals], count - parameters["most"])
