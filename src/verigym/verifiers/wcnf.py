"""Clauses with weights: hard ones that must hold, soft ones that cost their weight when they do not.

WCNF in both of its forms, read as strictly as :mod:`verigym.verifiers.dimacs` reads CNF:

* with a header ``p wcnf VARIABLES CLAUSES TOP``: a clause begins with its weight, and is hard when that
  is ``TOP``; greater weights are refused. Without ``TOP`` every clause is soft;
* without a header (the MaxSAT Evaluations since 2022): a clause begins with its weight, or with ``h``
  when it is hard; the variables are those up to the greatest that occurs.

A weight is an int from 1 to 2^64 - 1, in plain digits.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from verigym.errors import FormatError
from verigym.verifiers import dimacs
from verigym.verifiers.cnf import Formula

SUFFIXES = (".wcnf", ".wcnf.gz")
"""How the name of a WCNF file ends."""
MAX_WEIGHT = 2**64 - 1

_WEIGHT = re.compile(rb"[1-9][0-9]{0,19}").fullmatch


@dataclass(frozen=True)
class Weighted(Formula):
    """A CNF formula whose clauses have weights.

    Raises:
        FormatError: when there is not one weight for each clause, or one is no int in range; and as
            :class:`Formula` does.

    """

    weights: tuple[int | None, ...]
    """By clause: what it costs to leave it false; None when that is forbidden (a hard clause)."""

    def __post_init__(self) -> None:
        super().__post_init__()
        count = len(self.clauses)
        if type(self.weights) is not tuple or len(self.weights) != count:
            raise FormatError(f"the weights must be a tuple with one for each of {count} clauses")
        for weight in self.weights:
            if weight is not None and (type(weight) is not int or not 1 <= weight <= MAX_WEIGHT):
                raise FormatError(
                    f"a weight is {weight!r}; it must be an int from 1 to 2^64 - 1, or None"
                )

    @cached_property
    def hard(self) -> int:
        """The hard clauses, clause ``i`` as bit ``i``."""
        return sum(1 << i for i, weight in enumerate(self.weights) if weight is None)

    @cached_property
    def total(self) -> int:
        """All soft weight together."""
        return sum(weight for weight in self.weights if weight is not None)

    @cached_property
    def uniform(self) -> bool:
        """Whether every soft clause has the weight 1."""
        return set(self.weights) <= {1, None}

    @property
    def soft(self) -> list[tuple[tuple[int, ...], int]]:
        """(clause, weight) of the soft clauses, in order."""
        both = zip(self.clauses, self.weights, strict=True)
        return [(clause, weight) for clause, weight in both if weight is not None]

    def hard_clauses(self) -> Formula:
        """The hard clauses alone, over the same variables."""
        both = zip(self.clauses, self.weights, strict=True)
        return Formula(self.variables, tuple([clause for clause, weight in both if weight is None]))

    def violated(self, literals: Iterable[int]) -> int:
        """The clauses that hold none of these literals, as bits; ``KeyError`` for other numbers."""
        occurrences = self.occurrences
        union = 0
        for literal in literals:
            union |= occurrences[literal]
        return union ^ ((1 << len(self.weights)) - 1)

    def cost(self, literals: Iterable[int]) -> int | None:
        """The weight of the soft clauses that an assignment leaves false; None when a hard one is."""
        violated = self.violated(literals)
        if violated & self.hard:
            return None
        if self.uniform:
            return violated.bit_count()
        cost = 0
        while violated:
            lowest = violated & -violated
            cost += self.weights[lowest.bit_length() - 1] or 0
            violated ^= lowest
        return cost


def weighted(formula: Formula) -> Weighted:
    """A formula with its weights; without any, every clause is soft and weighs 1."""
    if isinstance(formula, Weighted):
        return formula
    return Weighted(formula.variables, formula.clauses, (1,) * len(formula.clauses))


def read(path: str | os.PathLike[str]) -> Weighted:
    """The clauses of a WCNF file; names that end in ``.gz`` are decompressed, within the limit.

    Raises:
        FormatError: when the file cannot be read, is too large or breaks the format.

    """
    return parse(dimacs.file_bytes(path), str(path))


def parse(text: str | bytes, name: str = "WCNF text") -> Weighted:
    """The clauses of a WCNF text, with or without a header; ``name`` is what errors call it.

    Raises:
        FormatError: ``NAME:LINE: what is wrong``.

    """
    reader = _Reader(name)
    reader.read(text)
    return Weighted(reader.variables, tuple(reader.clauses), tuple(reader.weights))


def write(formula: Weighted, header: bool = False, comments: Iterable[str] = ()) -> str:
    """The WCNF text: one clause on each line, without a header or with the older one.

    Without a header, variables beyond the greatest that occurs are lost; ``TOP`` is one more than all
    soft weight together.

    Raises:
        FormatError: for a comment of more than one line, or a ``TOP`` that is no weight.

    """
    top = formula.total + 1
    if header and top > MAX_WEIGHT:
        raise FormatError(f"the soft weights add up to {formula.total}; TOP must be below 2^64")
    lines = dimacs.comment_lines(comments)
    if header:
        lines.append(f"p wcnf {formula.variables} {len(formula.weights)} {top}")
    for clause, weight in zip(formula.clauses, formula.weights, strict=True):
        mark = (top if header else "h") if weight is None else weight
        lines.append(" ".join(map(str, (mark, *clause, 0))))
    return "\n".join(lines) + "\n"


class _Reader(dimacs.Reader):
    """Reads the weight before each clause, and does without a header when there is none."""

    kind = "wcnf"
    layout = "p wcnf VARIABLES CLAUSES TOP"

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.top: int | None = None
        self.headed = False
        self.begun = False
        """Whether the weight of a clause was read, and not its end."""
        self.weights: list[int | None] = []

    def header(self, words: list[bytes]) -> None:
        if self.weights:
            raise self.error("a header after the first clause")
        if len(words) == 5:
            if not _WEIGHT(words[4]):
                raise self.error(f"{dimacs.show(b' '.join(words))} is not a header '{self.layout}'")
            self.top = self.weight(words.pop())
        super().header(words)
        self.headed = True

    def literals(self, words: list[bytes]) -> None:
        if self.count < 0:  # no header: all that is read is bounded by its length
            self.variables, self.count = dimacs.MAX_VARIABLES, dimacs.MAX_CLAUSES
        for word in words:
            if self.begun:
                self.begun = not self.literal(word)
            else:
                self.weights.append(self.mark(word))
                self.begun = True

    def mark(self, word: bytes) -> int | None:
        """The weight that a clause begins with; None for a hard one."""
        if word == b"h" and not self.headed:
            return None
        if not _WEIGHT(word):
            marks = "an int from 1 up" if self.headed else "'h' or an int from 1 up"
            raise self.error(f"{dimacs.show(word)} is not a weight; a clause begins with {marks}")
        weight = self.weight(word)
        if self.top is not None and weight > self.top:
            raise self.error(f"the weight {weight} is above TOP, {self.top}")
        return None if weight == self.top else weight

    def weight(self, word: bytes) -> int:
        """The int that a word of digits stands for."""
        if (weight := int(word)) > MAX_WEIGHT:
            raise self.error(f"the weight {weight} is above 2^64 - 1")
        return weight

    def trailer(self, rest: Iterable[bytes]) -> None:
        raise self.error("'%' ends CNF files of SATLIB, not WCNF")

    def finish(self) -> None:
        if self.count < 0:
            raise self.error("the text ends without a clause, and without a header")
        if self.begun:
            raise self.error("the text ends within a clause; each clause ends with 0")
        if self.headed:
            super().finish()
        else:
            self.variables = max((abs(x) for clause in self.clauses for x in clause), default=0)
