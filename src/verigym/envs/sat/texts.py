"""How formulas, models and lemmas are written in prompts and answers."""

from __future__ import annotations

from collections.abc import Sequence

from verigym.verifiers import dimacs
from verigym.verifiers.cnf import Formula

DIMACS_EXPLAINED = """\
The formula is in DIMACS CNF: after the header `p cnf VARIABLES CLAUSES` each line is a clause, ended \
by 0. The number 5 stands for variable 5 and -5 for its negation; a clause is true when at least one \
of its literals is, and the formula when all its clauses are."""


def fenced(formula: Formula) -> str:
    """The formula as a fenced block, to be the last thing of a prompt.

    An echo of the prompt then answers with the formula, which is no model and no refutation, and not
    with an example.
    """
    return f"```cnf\n{dimacs.write(formula)}```"


def literals_text(literals: Sequence[int]) -> str:
    """Literals as solvers print them: ended by 0."""
    return " ".join(map(str, (*literals, 0)))


def bits_text(model: Sequence[int]) -> str:
    """The values of variables 1, 2, ... as one string; ``model`` is in the order of its variables."""
    return "".join("1" if literal > 0 else "0" for literal in model)
