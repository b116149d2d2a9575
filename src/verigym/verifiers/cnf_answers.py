"""A CNF formula as an answer: DIMACS text, read whole and strictly, with a bound on its length.

The grammar is that of :mod:`verigym.verifiers.dimacs`: exactly one header, whose counts bind; nothing
beside clauses and comments. What a task allows (variables, clauses, literals) is the task's own rule.
What such a formula must mean is kept in tasks as a set of rows of a truth table.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from verigym.errors import FormatError, TaskError
from verigym.verifiers import dimacs
from verigym.verifiers.answer import Malformed
from verigym.verifiers.cnf import Formula

MAX_CHARS = 200_000
"""Longest answer that is read, some 0.2 seconds; the largest reference has a tenth of that."""


def read_cnf(text: str) -> Formula:
    """The formula that an answer states.

    Raises:
        Malformed: when the text is anything else, or longer than :data:`MAX_CHARS`.

    """
    if len(text) > MAX_CHARS:
        raise Malformed(f"The answer is longer than {MAX_CHARS:,} characters, the most that is read.")
    if not text.isascii():
        raise Malformed("A DIMACS text holds ASCII characters only.")
    try:
        return dimacs.parse(text, "answer")
    except FormatError as error:
        raise Malformed(f"This is no DIMACS CNF: {error}.") from None


def length(formula: Formula) -> int:
    """Literals of all clauses together."""
    return sum(map(len, formula.clauses))


def read_rows(spec: Mapping[str, Any], name: str, variables: int) -> int:
    """A set of rows of a truth table from a spec, where it is written in hexadecimal.

    Raises:
        TaskError: when it is no such number.

    """
    text = spec.get(name)
    try:
        rows = int(text, 16) if type(text) is str else -1
    except ValueError:
        rows = -1
    if not 0 <= rows < 1 << (1 << variables):
        raise TaskError(f"spec.{name} must be {1 << variables} bits in hexadecimal")
    return rows
