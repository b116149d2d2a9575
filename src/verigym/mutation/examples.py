"""Example inputs in a prompt: the calls with literal arguments that its text shows.

Docstrings show calls in many ways (``>>> f([1])``, ``f([1]) == 2``, ``f([1]) ➞ 2``); what they share is
the call. Arguments are read as literals; nothing is evaluated.
"""

from __future__ import annotations

import ast
import re
from typing import Any

LONGEST = 2_000
"""Characters of a call that is looked at."""
MOST = 200


def examples_in(text: str, entry_point: str) -> list[tuple[Any, ...]]:
    """The arguments of the calls of a function that a text shows, each once, in order."""
    name = entry_point.rpartition(".")[2]
    found: dict[str, tuple[Any, ...]] = {}
    for match in re.finditer(rf"(?<![\w.]){re.escape(name)}[ \t]*\(", text):
        args = _arguments(text[match.start() : match.start() + LONGEST])
        if args is not None:
            found.setdefault(repr(args), args)
        if len(found) == MOST:
            break
    return list(found.values())


def _arguments(text: str) -> tuple[Any, ...] | None:
    """The literal arguments of the call that a text begins with; None when it is something else."""
    depth = 0
    for end, char in enumerate(text):
        if char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
            if depth == 0:
                call = _literal_call(text[: end + 1])
                if call is not None or char != ")":
                    return call
    return None


def _literal_call(text: str) -> tuple[Any, ...] | None:
    try:
        call = ast.parse(text.strip(), mode="eval").body
        if not isinstance(call, ast.Call) or call.keywords:
            return None
        return tuple(ast.literal_eval(argument) for argument in call.args)
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        return None
