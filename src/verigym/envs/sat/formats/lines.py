"""A formula as solvers read it: DIMACS CNF."""

from __future__ import annotations

from verigym.envs.sat.formats.format import Format
from verigym.verifiers import dimacs

DIMACS = Format(
    """\
The formula is in DIMACS CNF: after the header `p cnf VARIABLES CLAUSES` each line is a clause, ended \
by 0. The number 5 stands for variable 5 and -5 for its negation; a clause is true when at least one \
of its literals is, and the formula when all its clauses are.""",
    dimacs.write,
    "cnf",
)
