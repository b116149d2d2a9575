"""How a formula is shown: the same formula and the same answers, in other words.

A format says how it is read (in terms of variables, literals and clauses, which every question and
every answer speaks of) and writes the formula. It changes nothing else about a task, so the same index
of a family is the same formula in every format.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from verigym.errors import FamilyError
from verigym.verifiers import dimacs
from verigym.verifiers.cnf import Formula


@dataclass(frozen=True)
class Format:
    """One way to show formulas."""

    explained: str
    """How to read it: what the variables, their literals and the clauses are."""
    write: Callable[[Formula], str]
    """The formula's text, with a newline at its end, to stand in a fenced block."""
    language: str = ""
    """The language of that block."""

    def fenced(self, formula: Formula) -> str:
        """The formula as a fenced block, to be the last thing of a prompt.

        An echo of the prompt then answers with the formula, which is no model and no refutation, and
        not with an example.
        """
        return f"```{self.language}\n{self.write(formula)}```"


DIMACS = Format(
    """\
The formula is in DIMACS CNF: after the header `p cnf VARIABLES CLAUSES` each line is a clause, ended \
by 0. The number 5 stands for variable 5 and -5 for its negation; a clause is true when at least one \
of its literals is, and the formula when all its clauses are.""",
    dimacs.write,
    "cnf",
)

FORMATS: Mapping[str, Format] = {"dimacs": DIMACS}
"""Name -> format."""


def format_named(name: Any) -> Format:
    """The format of this name.

    Raises:
        FamilyError: when there is none.

    """
    if type(name) is not str or name not in FORMATS:
        raise FamilyError(f"format is {name!r}; there are: {', '.join(FORMATS)}")
    return FORMATS[name]
