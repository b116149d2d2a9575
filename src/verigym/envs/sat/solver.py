"""The one place that calls a SAT solver: PySAT, with a deterministic limit on conflicts.

CaDiCaL finds models; where only their being there is asked, MiniSat is asked first, which takes half
the time on small formulas. Refutations come from Glucose: they are a little shorter, and many releases
of PySAT lose CaDiCaL's. Solvers pose tasks and write references; they never judge. What comes back is
not trusted either: a model is checked against the formula here, and a proof by its user.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from verigym.errors import FamilyError, VerigymError
from verigym.verifiers.cnf import Formula
from verigym.verifiers.truth import table

CONFLICTS = 200_000
"""Most conflicts that one formula may cost; random 3-SAT of 200 variables takes some 50,000."""

EASY = 1_000
"""Conflicts until a formula is not an easy one."""
FEW = 8
"""Up to so many variables a truth table is faster than a solver."""


class Undecided(FamilyError):
    """A formula is too hard for the limit on conflicts."""


def find_model(formula: Formula, conflicts: int = CONFLICTS) -> tuple[int, ...] | None:
    """A model with one literal for each variable, in order; None when there is none.

    Raises:
        Undecided: when the solver does not know after that many conflicts.

    """
    if () in formula.clauses:  # which some releases cannot take
        return None
    from pysat.solvers import Cadical195  # here and below, since judging must not pay for loading it

    with Cadical195(bootstrap_with=formula.clauses) as solver:
        if not solve_within(solver, conflicts):
            return None
        true = set(solver.get_model() or ())
    model = tuple([v if v in true else -v for v in range(1, formula.variables + 1)])
    if formula.satisfied(model) != len(formula.clauses):
        raise VerigymError("the SAT solver returned a model that does not satisfy the formula")
    return model


def satisfiable(formula: Formula, conflicts: int = CONFLICTS) -> bool:
    """Whether a formula has a model: as :func:`find_model`, which says what it is, but faster.

    Raises:
        Undecided: when the solver does not know after that many conflicts.

    """
    if formula.variables <= FEW:
        return bool(table(formula.variables).models(formula.clauses))
    if () in formula.clauses:
        return False
    from pysat.solvers import MinisatGH

    with MinisatGH(bootstrap_with=formula.clauses) as solver:
        try:
            return solve_within(solver, min(EASY, conflicts))
        except Undecided:
            return find_model(formula, conflicts) is not None


def find_proof(formula: Formula, conflicts: int = CONFLICTS) -> list[tuple[int, ...]] | None:
    """The lemmas that the solver learnt until it refuted the formula; None when it has a model.

    Raises:
        Undecided: when the solver does not know after that many conflicts, give or take some thousands,
            since it looks at the limit only when it restarts.

    """
    if () in formula.clauses:
        return [()]
    from pysat.solvers import Glucose4

    with Glucose4(bootstrap_with=formula.clauses, with_proof=True) as solver:
        if solve_within(solver, conflicts):
            return None
        return _additions(solver.get_proof())


def decide(
    formula: Formula, conflicts: int = CONFLICTS
) -> tuple[tuple[int, ...] | None, list[tuple[int, ...]]]:
    """What one run of Glucose finds: (a model, no lemmas), or (None, the lemmas of its proof).

    Nothing of it is checked.

    Raises:
        Undecided: when the solver does not know after about that many conflicts.

    """
    if () in formula.clauses:
        return None, [()]
    from pysat.solvers import Glucose4

    with Glucose4(bootstrap_with=formula.clauses, with_proof=True) as solver:
        if not solve_within(solver, conflicts):
            return None, _additions(solver.get_proof())
        true = set(solver.get_model() or ())
    return tuple([v if v in true else -v for v in range(1, formula.variables + 1)]), []


def _additions(proof: Iterable[str]) -> list[tuple[int, ...]]:
    """The lemmas of DRAT text; deletions only save a checker's memory."""
    lines = [line.split() for line in proof]
    return [tuple(map(int, words[:-1])) for words in lines if words and words[0] != "d"]


def solve_within(solver: Any, conflicts: int = CONFLICTS, assumptions: Sequence[int] = ()) -> bool:
    """Whether the clauses of a PySAT solver have a model in which the assumptions hold.

    Raises:
        Undecided: when it does not know after that many conflicts.

    """
    solver.conf_budget(conflicts)
    try:
        answer = solver.solve_limited(assumptions=list(assumptions))
    except Exception as error:
        if "keyboard interrupt" in str(error):  # PySAT turns Ctrl-C into an error of its own
            raise KeyboardInterrupt from None
        raise
    if answer is None:
        raise Undecided(f"the SAT solver gave up after {conflicts:,} conflicts: pose smaller formulas")
    return bool(answer)
