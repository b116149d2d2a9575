"""Constraints on words of literals, read as sequences or as binary numbers."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from verigym.envs.sat.constraints.builder import Builder
from verigym.envs.sat.constraints.constraint import Constraint, Literals, Parameters, listed

_NUMBER = (
    "read as a binary number whose first digit is the most significant and a true literal a digit 1"
)


def _greater(true_a: Sequence[int], true_b: Sequence[int], everything: int) -> tuple[int, int]:
    """The rows in which word A is greater than word B, and those in which they are equal."""
    greater, equal = 0, everything
    for a, b in zip(true_a, true_b, strict=True):
        greater |= equal & a & ~b
        equal &= ~(a ^ b)
    return greater, equal


class Lexicographic(Constraint):
    """A word comes before another, or equals it."""

    name = "lexicographic"
    low = 6

    def takes(self, most: int) -> int:
        return most - most % 2

    def draw(self, rng: random.Random, count: int) -> dict[str, Any]:
        return {"strict": bool(rng.getrandbits(1))}

    def words(self, literals: Literals, parameters: Parameters) -> str:
        half = len(literals) // 2
        relation = "strictly precedes" if parameters["strict"] else "precedes or equals"
        return (
            f"In lexicographic order, with false before true, the word ({listed(literals[:half])}) "
            f"{relation} the word ({listed(literals[half:])})."
        )

    def rows(self, true: Sequence[int], everything: int, parameters: Parameters) -> int:
        half = len(true) // 2
        greater, equal = _greater(true[:half], true[half:], everything)
        return everything & ~(greater | equal if parameters["strict"] else greater)

    def encode(self, cnf: Builder, literals: Literals, parameters: Parameters) -> None:
        half = len(literals) // 2
        head: tuple[int, ...] = ()  # holds the negation of "equal so far", once that has a variable
        for place, (a, b) in enumerate(zip(literals[:half], literals[half:], strict=True)):
            cnf.add(*head, -a, b)
            if place == half - 1:
                if parameters["strict"]:
                    cnf.add(*head, -a)
                    cnf.add(*head, b)
                return
            equal = cnf.fresh()  # forced to be true where it is, and free elsewhere
            cnf.add(*head, -a, equal)
            cnf.add(*head, b, equal)
            head = (-equal,)


class Comparator(Constraint):
    """A literal tells whether a number is greater than another."""

    name = "comparator"
    low = 7

    def takes(self, most: int) -> int:
        return most - 1 + most % 2

    def draw(self, rng: random.Random, count: int) -> dict[str, Any]:
        return {"strict": bool(rng.getrandbits(1))}

    def words(self, literals: Literals, parameters: Parameters) -> str:
        half = len(literals) // 2
        relation = "greater than" if parameters["strict"] else "greater than or equal to"
        return (
            f"The literal {literals[-1]} is true if and only if ({listed(literals[:half])}) is "
            f"{relation} ({listed(literals[half:-1])}), each {_NUMBER}."
        )

    def rows(self, true: Sequence[int], everything: int, parameters: Parameters) -> int:
        half = len(true) // 2
        greater, equal = _greater(true[:half], true[half:-1], everything)
        holds = greater if parameters["strict"] else greater | equal
        return everything & ~(holds ^ true[-1])

    def encode(self, cnf: Builder, literals: Literals, parameters: Parameters) -> None:
        half, output = len(literals) // 2, literals[-1]
        digits = list(zip(literals[:half], literals[half:-1], strict=True))[::-1]
        # From the least significant digit on: greater is a where a and b differ, else as before.
        a, b = digits[0]
        signal = cnf.gate("and", a, -b) if parameters["strict"] else cnf.gate("or", a, -b)
        for a, b in digits[1:-1]:
            signal = cnf.gate("maj", a, -b, signal)
        a, b = digits[-1]
        for x, y in ((a, -b), (a, signal), (-b, signal)):
            cnf.add(-x, -y, output)
            cnf.add(x, y, -output)


class AdderDigit(Constraint):
    """A literal is a digit of a sum."""

    name = "adder-digit"
    low = 7

    def takes(self, most: int) -> int:
        return most - 1 + most % 2

    def draw(self, rng: random.Random, count: int) -> dict[str, Any]:
        half = count // 2
        return {"digit": half - rng.getrandbits(1)}

    def words(self, literals: Literals, parameters: Parameters) -> str:
        half, digit = len(literals) // 2, parameters["digit"]
        return (
            f"The literal {literals[-1]} is true if and only if, in the binary sum of "
            f"({listed(literals[:half])}) and ({listed(literals[half:-1])}), each {_NUMBER}, the digit "
            f"that stands for {2**digit} is 1."
        )

    def rows(self, true: Sequence[int], everything: int, parameters: Parameters) -> int:
        half, carry = len(true) // 2, 0
        digits = list(zip(true[:half], true[half:-1], strict=True))[::-1]
        for a, b in digits[: parameters["digit"]]:
            carry = (a & b) | (carry & (a ^ b))
        digit = carry
        if parameters["digit"] < half:
            a, b = digits[parameters["digit"]]
            digit ^= a ^ b
        return everything & ~(digit ^ true[-1])

    def encode(self, cnf: Builder, literals: Literals, parameters: Parameters) -> None:
        half, output, last = len(literals) // 2, literals[-1], parameters["digit"]
        digits = list(zip(literals[:half], literals[half:-1], strict=True))[::-1]
        carry = cnf.gate("and", *digits[0])
        for a, b in digits[1 : min(last, half - 1)]:
            carry = cnf.gate("maj", a, b, carry)
        a, b = digits[-1]
        if last < half:
            cnf.hold("xor", (cnf.gate("xor", a, b), cnf.gate("xor", carry, output)), False)
            return
        for x, y in ((a, b), (a, carry), (b, carry)):
            cnf.add(-x, -y, output)
            cnf.add(x, y, -output)


class Multiplexer(Constraint):
    """A literal is the one that a number selects."""

    name = "multiplexer"
    low = 6

    def draw(self, rng: random.Random, count: int) -> dict[str, Any]:
        address = 1
        while address + 2**address + 1 < count:
            address += 1
        return {"address": address}

    def words(self, literals: Literals, parameters: Parameters) -> str:
        address = parameters["address"]
        data = literals[address:-1]
        beyond = f", and is false when the number is {len(data)} or more"
        beyond = beyond if len(data) < 2**address else ""
        return (
            f"The word ({listed(literals[:address])}), {_NUMBER}, selects one of the literals "
            f"({listed(data)}): 0 selects the first, 1 the second, and so on. The literal "
            f"{literals[-1]} has the value of the literal that is selected{beyond}."
        )

    def rows(self, true: Sequence[int], everything: int, parameters: Parameters) -> int:
        address, output = parameters["address"], true[-1]
        chosen = 0
        for number, data in enumerate(true[address:-1]):
            here = everything
            for place, rows in enumerate(reversed(true[:address])):
                here &= rows if number >> place & 1 else ~rows
            chosen |= here & data
        return everything & ~(chosen ^ output)

    def encode(self, cnf: Builder, literals: Literals, parameters: Parameters) -> None:
        address, output = parameters["address"], literals[-1]
        data = literals[address:-1]
        lines = literals[:address][::-1]
        for number in range(2**address):
            away = [-x if number >> place & 1 else x for place, x in enumerate(lines)]
            if number < len(data):
                cnf.add(*away, -data[number], output)
                cnf.add(*away, data[number], -output)
            else:
                cnf.add(*away, -output)
