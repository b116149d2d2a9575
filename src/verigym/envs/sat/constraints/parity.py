"""Parities: the constraints that need new variables most."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from verigym.envs.sat.constraints.builder import Builder
from verigym.envs.sat.constraints.constraint import Constraint, Literals, Parameters, listed
from verigym.envs.sat.shapes.scramble import shuffled


class Parity(Constraint):
    """Two sets of the literals have an odd or an even number of true ones each."""

    name = "parity"
    low = 6

    def draw(self, rng: random.Random, count: int) -> dict[str, Any]:
        sets: list[list[int]] = []
        while len(sets) < 2:
            size = count - rng.randrange(1 + count // 2)
            chosen = sorted(shuffled(rng, range(count))[:size])
            if chosen not in sets:
                sets.append(chosen)
            elif size == count:
                sets.append(chosen[1:])
        return {"sets": sets, "odd": [bool(rng.getrandbits(1)) for _ in sets]}

    def words(self, literals: Literals, parameters: Parameters) -> str:
        said = [
            f"the number of true literals among ({listed([literals[i] for i in chosen])}) is "
            f"{'odd' if odd else 'even'}"
            for chosen, odd in zip(parameters["sets"], parameters["odd"], strict=True)
        ]
        return f"It holds that {', and that '.join(said)}."

    def rows(self, true: Sequence[int], everything: int, parameters: Parameters) -> int:
        found = everything
        for chosen, odd in zip(parameters["sets"], parameters["odd"], strict=True):
            sum_ = 0
            for i in chosen:
                sum_ ^= true[i]
            found &= sum_ if odd else ~sum_
        return found

    def encode(self, cnf: Builder, literals: Literals, parameters: Parameters) -> None:
        one, two = map(set, parameters["sets"])
        shared = [literals[i] for i in sorted(one & two)]
        signal = _sum(cnf, shared)
        for own, odd in zip((one - two, two - one), parameters["odd"], strict=True):
            rest = [literals[i] for i in sorted(own)]
            if rest:
                cnf.hold("xor", (signal, _sum(cnf, rest)), odd)
            else:
                cnf.add(signal if odd else -signal)


def _sum(cnf: Builder, literals: Sequence[int]) -> int:
    signal = literals[0]
    for literal in literals[1:]:
        signal = cnf.gate("xor", signal, literal)
    return signal
