"""How an answer states some literals: a partial assignment, read whole.

It is a list of literals in any order, at most one of each variable, on any number of lines that may
each begin with ``v``, with or without a ``0`` at the very end. The list without literals is ``0``.
"""

from __future__ import annotations

import re

from verigym.verifiers.answer import Malformed

_CHARACTERS = re.compile(r"[0-9v \t\r\n-]*")
_LITERAL = re.compile(r"-?[1-9][0-9]{0,8}")


def read_literals(text: str, variables: int) -> tuple[int, ...]:
    """The literals that a text lists, in its order.

    Raises:
        Malformed: when the text is anything else.

    """
    if not _CHARACTERS.fullmatch(text):
        raise Malformed("The answer holds only literals (with 'v' and a final 0 if you like).")
    words: list[str] = []
    for line in text.split("\n"):
        found = line.split()
        words += found[1:] if found[:1] == ["v"] else found
    if not words:
        raise Malformed("The answer holds no literal; an empty list is written 0.")
    if words[-1] == "0":
        words.pop()
    values: dict[int, int] = {}
    for word in words:
        if word == "0":
            raise Malformed("0 stands before the end.")
        literal = int(word) if _LITERAL.fullmatch(word) else 0
        v = abs(literal)
        if not 0 < v <= variables:
            shown = ascii(word[:20]) + ("..." if len(word) > 20 else "")
            raise Malformed(f"{shown} is not a literal of a variable from 1 to {variables}.")
        if v in values:
            how = "is given twice" if values[v] == literal else "is both true and false"
            raise Malformed(f"Variable {v} {how}.")
        values[v] = literal
    return tuple(values.values())
