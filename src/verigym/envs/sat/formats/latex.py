r"""A formula as mathematicians write it, in LaTeX: clauses ``C_{1} &= x_{1} \lor \lnot x_{2} \\``."""

from __future__ import annotations

from verigym.envs.sat.formats.format import Format
from verigym.verifiers.cnf import Formula


def _write(formula: Formula) -> str:
    count = len(formula.clauses)
    rows = [rf"n &= {formula.variables}, \quad m = {count}, \quad F = \bigwedge_{{i=1}}^{{m}} C_{{i}}"]
    rows += [f"C_{{{i}}} &= {_clause(clause)}" for i, clause in enumerate(formula.clauses, 1)]
    return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}\n"


def _clause(clause: tuple[int, ...]) -> str:
    literals = [f"x_{{{x}}}" if x > 0 else rf"\lnot x_{{{-x}}}" for x in clause]
    return r" \lor ".join(literals) or r"\bot"


MATH = Format(
    r"The formula $F$ over the variables $x_{1}, \dots, x_{n}$ is in LaTeX: it is the conjunction of "
    r"the clauses $C_{1}, \dots, C_{m}$, and each clause is a disjunction of literals. The number 5 "
    r"stands for variable 5, $x_{5}$, and -5 for its negation, $\lnot x_{5}$; $C_{3}$ is clause 3. A "
    r"clause is true when at least one of its literals is ($\bot$, which has none, never), and the "
    r"formula when all its clauses are.",
    _write,
    "latex",
)
