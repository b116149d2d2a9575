"""Clauses in the making, with new variables for the outputs of gates (Tseitin 1968)."""

from __future__ import annotations

from collections.abc import Sequence

from verigym.verifiers.cnf import Formula

GATES = {
    "and": ((-1, 2), (-1, 3), (1, -2, -3)),
    "or": ((1, -2), (1, -3), (-1, 2, 3)),
    "xor": ((-1, 2, 3), (-1, -2, -3), (1, -2, 3), (1, 2, -3)),
    "ite": ((-1, -2, 3), (1, -2, -3), (-1, 2, 4), (1, 2, -4)),
    "maj": ((-1, 2, 3), (-1, 2, 4), (-1, 3, 4), (1, -2, -3), (1, -2, -4), (1, -3, -4)),
}
"""For each gate what ties its output, here 1, to its operands 2, 3 and 4. ``ite(a, b, c)`` is ``b``
where ``a`` is true and else ``c``; ``maj`` is true where two or three of its operands are."""


class Builder:
    """A formula whose first variables are the inputs."""

    def __init__(self, inputs: int) -> None:
        self.variables = inputs
        self.clauses: list[tuple[int, ...]] = []

    @property
    def formula(self) -> Formula:
        """What there is so far."""
        return Formula(self.variables, tuple(self.clauses))

    def fresh(self) -> int:
        """A new variable."""
        self.variables += 1
        return self.variables

    def add(self, *literals: int) -> None:
        """A clause."""
        self.clauses.append(literals)

    def gate(self, name: str, *operands: int) -> int:
        """A new variable that equals a gate's output."""
        signals = (self.fresh(), *operands)
        for clause in GATES[name]:
            self.add(*[_signed(signals, place) for place in clause])
        return signals[0]

    def hold(self, name: str, operands: Sequence[int], value: bool = True) -> None:
        """Clauses that give a gate's output this value, without a variable for it."""
        signals = (0, *operands)
        against = -1 if value else 1
        for clause in GATES[name]:
            if against in clause:
                self.add(*[_signed(signals, place) for place in clause if place != against])


def _signed(signals: Sequence[int], place: int) -> int:
    return signals[place - 1] if place > 0 else -signals[-place - 1]
