"""A random circuit of gates, given as a netlist, whose output is true."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

from verigym.envs.sat.constraints.builder import Builder
from verigym.envs.sat.constraints.constraint import Constraint, Literals, Parameters

_MEANING: dict[str, Callable[..., int]] = {
    "and": lambda a, b: a & b,
    "or": lambda a, b: a | b,
    "xor": lambda a, b: a ^ b,
    "ite": lambda a, b, c: (a & b) | (~a & c),
    "maj": lambda a, b, c: (a & b) | (a & c) | (b & c),
}
_GATES = ("and", "or", "xor", "xor", "ite", "maj")
"""What is drawn from."""


class Circuit(Constraint):
    """The last gate of a netlist is true.

    A signal is a literal of an input, or the output of an earlier gate, which is written ``gI`` or,
    negated, ``-gI``. In the parameters a signal of a gate is its number beyond the literals.
    """

    name = "circuit"
    low = 6

    def draw(self, rng: random.Random, count: int) -> dict[str, Any]:
        open_ = list(range(1, count + 1))  # signals that no gate has taken yet
        gates: list[list[Any]] = []
        while len(open_) > 1:
            a = open_.pop(rng.randrange(len(open_)))
            b = open_.pop(rng.randrange(len(open_)))
            name = _GATES[rng.randrange(len(_GATES))]
            operands = [a, b]
            if name in ("ite", "maj"):
                others = [s for s in range(1, count + len(gates) + 1) if s not in operands]
                third = others[rng.randrange(len(others))]
                operands.append(third)
                if third in open_:
                    open_.remove(third)
            gates.append([name, *(s if rng.getrandbits(1) else -s for s in operands)])
            open_.append(count + len(gates))
        return {"gates": gates}

    def words(self, literals: Literals, parameters: Parameters) -> str:
        count = len(literals)

        def named(signal: int) -> str:
            place, sign = abs(signal), 1 if signal > 0 else -1
            if place <= count:
                return str(sign * literals[place - 1])
            return f"{'' if sign > 0 else '-'}g{place - count}"

        gates = parameters["gates"]
        lines = [
            f"g{number} = {name}({', '.join(map(named, operands))})"
            for number, (name, *operands) in enumerate(gates, 1)
        ]
        return (
            f"The output of the gate g{len(gates)} is true, where -gI is the negation of gI, "
            "ite(a, b, c) is b if a is true and c if a is false, maj(a, b, c) is true when at least "
            "two of its operands are, and the gates are: " + "; ".join(lines) + "."
        )

    def rows(self, true: Sequence[int], everything: int, parameters: Parameters) -> int:
        signals = list(true)
        for name, *operands in parameters["gates"]:
            values = [signals[s - 1] if s > 0 else ~signals[-s - 1] for s in operands]
            signals.append(_MEANING[name](*values) & everything)
        return signals[-1]

    def encode(self, cnf: Builder, literals: Literals, parameters: Parameters) -> None:
        signals = list(literals)
        *gates, last = parameters["gates"]

        def of(operands: Sequence[int]) -> list[int]:
            return [signals[s - 1] if s > 0 else -signals[-s - 1] for s in operands]

        for name, *operands in gates:
            signals.append(cnf.gate(name, *of(operands)))
        cnf.hold(last[0], of(last[1:]))
