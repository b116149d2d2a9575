"""How models and lemmas are written in prompts and answers."""

from __future__ import annotations

from collections.abc import Sequence


def literals_text(literals: Sequence[int]) -> str:
    """Literals as solvers print them: ended by 0."""
    return " ".join(map(str, (*literals, 0)))


def bits_text(model: Sequence[int]) -> str:
    """The values of variables 1, 2, ... as one string; ``model`` is in the order of its variables."""
    return "".join("1" if literal > 0 else "0" for literal in model)
