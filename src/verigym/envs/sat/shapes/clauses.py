"""Drawing a clause: some different variables, each negated by a fair coin, all such clauses alike.

Where there are few clauses of a length they are listed once, and one draw picks one of them.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import combinations, product
from math import comb

Clause = tuple[int, ...]

LISTED = 10_000
"""The most clauses of one length to list."""


def drawer(rng: random.Random, variables: int, length: int) -> Callable[[], Clause]:
    """What draws clauses of ``length`` different variables out of 1 to ``variables``.

    They are in increasing order. Uses ``getrandbits`` alone, as :meth:`Shape.build` demands.
    """
    bits = rng.getrandbits
    if comb(variables, length) << length <= LISTED:
        every = _every(variables, length)
        below, width = len(every), (len(every) - 1).bit_length()

        def listed() -> Clause:
            while (number := bits(width)) >= below:
                pass
            return every[number]

        return listed

    # A number is a literal, 2v - 2 or 2v - 1, so that their order is that of the variables.
    literals = _literals(variables)
    below, width = len(literals), (len(literals) - 1).bit_length()

    def drawn() -> Clause:
        chosen: dict[int, int] = {}
        while len(chosen) < length:
            if (number := bits(width)) < below:
                chosen[number >> 1] = number
        return tuple([literals[number] for number in sorted(chosen.values())])

    return drawn


def signed(rng: random.Random, variables: Iterable[int]) -> Clause:
    """The clause of these variables, in increasing order, each negated by a fair coin."""
    bits = rng.getrandbits
    return tuple([v if bits(1) else -v for v in sorted(variables)])


def some_of(rng: random.Random, variables: int, count: int) -> set[int]:
    """So many different variables out of 1 to ``variables``, all sets alike."""
    bits, width = rng.getrandbits, (variables - 1).bit_length()
    chosen: set[int] = set()
    while len(chosen) < count:
        drawn = bits(width)  # what randrange does, at a third of its cost
        if drawn < variables:
            chosen.add(1 + drawn)
    return chosen


@lru_cache(maxsize=16)
def _every(variables: int, length: int) -> tuple[Clause, ...]:
    """All clauses of so many different variables."""
    return tuple(
        tuple(sign * v for sign, v in zip(signs, chosen, strict=True))
        for chosen in combinations(range(1, variables + 1), length)
        for signs in product((1, -1), repeat=length)
    )


@lru_cache(maxsize=16)
def _literals(variables: int) -> tuple[int, ...]:
    return tuple(sign * v for v in range(1, variables + 1) for sign in (1, -1))
