"""Sums modulo 2 as clauses."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product


def xor(variables: Sequence[int], odd: int) -> list[list[int]]:
    """The clauses, 2^(k-1) of them, that say that an odd (or even) number of k variables is true.

    Each forbids one assignment of the wrong parity.
    """
    return [
        [-v if true else v for v, true in zip(variables, values, strict=True)]
        for values in product((0, 1), repeat=len(variables))
        if sum(values) % 2 != odd % 2
    ]
