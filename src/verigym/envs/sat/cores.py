"""Which sets of clauses have no model: one solver with a switch for each clause.

Only whether a set has a model is ever used to make a task, which is the same whatever solver says it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from types import TracebackType

from verigym.envs.sat.solver import CONFLICTS, solve_within
from verigym.verifiers.cnf import Formula


class Cores:
    """The sets of clauses of one formula, by their numbers from 1."""

    def __init__(self, formula: Formula) -> None:
        from pysat.solvers import Minisat22  # here: judging must not pay for loading it

        self._formula = formula
        self._shared = set(range(1, len(formula.clauses) + 1))
        """The clauses that are in every core found so far: no other is a correction set by itself."""
        self._solver = Minisat22()
        for i, clause in enumerate(formula.clauses, 1):
            self._solver.add_clause([*clause, -(formula.variables + i)])

    def __enter__(self) -> Cores:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._solver.delete()

    def refuted(self, numbers: Iterable[int]) -> bool:
        """Whether these clauses have no model.

        Raises:
            Undecided: when that is too hard to tell.

        """
        n = self._formula.variables
        if solve_within(self._solver, CONFLICTS, [n + i for i in numbers]):
            return False
        self._shared &= {switch - n for switch in self._solver.get_core() or ()}
        return True

    def correction(self, kept: Collection[int]) -> frozenset[int]:
        """A minimal correction set that spares ``kept``, clauses that have a model."""
        first = sorted(kept)
        inside = set(first)
        others = (i for i in range(1, len(self._formula.clauses) + 1) if i not in inside)
        return self.first_correction([*first, *others])

    @property
    def hopeless(self) -> bool:
        """Whether it is known already that no clause is a correction set by itself."""
        return not self._shared

    def corrects(self, removed: Collection[int]) -> bool:
        """Whether the clauses have a model without these."""
        if len(removed) == 1 and self._shared.isdisjoint(removed):
            return False
        return not self.refuted(self._without(removed))

    def spares(self, removed: Collection[int]) -> bool:
        """Whether a correction set is not minimal: one of its clauses could be kept."""
        kept = self._without(removed)
        return any(not self.refuted([*kept, i]) for i in removed)

    def _without(self, removed: Collection[int]) -> list[int]:
        return [i for i in range(1, len(self._formula.clauses) + 1) if i not in removed]

    def first_correction(self, order: Iterable[int]) -> frozenset[int]:
        """The minimal correction set that is left when clauses are kept, in order, where they can be.

        Models only spare calls of the solver: which set it is does not depend on them.

        Raises:
            Undecided: when that is too hard to tell.

        """
        # In a solver of its own, so that what is kept is a clause and not one of many assumptions.
        from pysat.solvers import MinisatGH

        clauses, switch = self._formula.clauses, self._formula.variables
        removed: list[int] = []
        model: set[int] = set()
        with MinisatGH() as solver:
            for i in order:
                clause = clauses[i - 1]
                if not model.isdisjoint(clause):
                    solver.add_clause(clause)
                    continue
                switch += 1
                solver.add_clause([*clause, -switch])
                if solve_within(solver, CONFLICTS, [switch]):
                    solver.add_clause([switch])
                    model = set(solver.get_model() or ())
                else:
                    removed.append(i)
        return frozenset(removed)

    def minimal(self, numbers: Iterable[int]) -> frozenset[int]:
        """What is left of a core after leaving out, in order, each clause that it can spare."""
        left = list(numbers)
        for i in list(left):
            rest = [j for j in left if j != i]
            if self.refuted(rest):
                left = rest
        return frozenset(left)
