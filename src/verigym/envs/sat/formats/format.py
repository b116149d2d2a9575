"""What a format is.

A format says how a formula is read, in terms of variables, literals and clauses, which every question
and every answer speaks of, and writes the formula. It changes nothing else about a task, so the same
index of a family is the same formula in every format.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from verigym.verifiers.cnf import Formula


@dataclass(frozen=True)
class Format:
    """One way to show formulas."""

    explained: str
    """How to read it: what the variables, their literals and the clauses, numbered from 1, are."""
    write: Callable[[Formula], str]
    """The formula's text, with a newline at its end, to stand in a fenced block: all variables are
    counted, and clauses and literals are shown in their order, repeated ones too. Of a formula with
    weights the clauses are shown; the family that poses it says beside it what they weigh."""
    language: str = ""
    """The language of that block."""

    def fenced(self, formula: Formula) -> str:
        """The formula as a fenced block, to be the last thing of a prompt.

        An echo of the prompt then answers with the formula, which is no model and no refutation, and
        not with an example.
        """
        return f"```{self.language}\n{self.write(formula)}```"
