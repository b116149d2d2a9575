"""Unit propagation over plain clauses: what a formula says at once, and what it leaves to be found."""

from __future__ import annotations

from collections.abc import Collection, Iterable

Clause = tuple[int, ...]


def propagate(
    clauses: Iterable[Collection[int]], assumed: Iterable[int] = ()
) -> tuple[set[int], list[Clause]] | None:
    """(literals that are forced, clauses that are left); None when they run into a conflict.

    The literals ``assumed`` are taken as forced too. Clauses that are left hold two literals or more,
    none of a variable that is forced, in the order in which they came; repeated literals, tautologies
    and satisfied clauses are gone. Takes time linear in the size of the formula.
    """
    open_: list[dict[int, None]] = []  # a set that keeps its order
    where: dict[int, list[int]] = {}
    pending = list(assumed)
    for clause in clauses:
        literals = dict.fromkeys(clause)
        if any(-literal in literals for literal in literals):
            continue
        if not literals:
            return None
        if len(literals) == 1:
            pending += literals
        for literal in literals:
            where.setdefault(literal, []).append(len(open_))
        open_.append(literals)
    forced: set[int] = set()
    satisfied = bytearray(len(open_))
    while pending:
        literal = pending.pop()
        if literal in forced:
            continue
        if -literal in forced:
            return None
        forced.add(literal)
        for i in where.get(literal, ()):
            satisfied[i] = 1
        for i in where.get(-literal, ()):
            rest = open_[i]
            del rest[-literal]
            if not rest:
                return None  # a clause that is satisfied keeps the literal that satisfies it
            if len(rest) == 1:
                pending += rest
    return forced, [tuple(rest) for rest, done in zip(open_, satisfied, strict=True) if not done]
