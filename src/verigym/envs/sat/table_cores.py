"""What :mod:`verigym.envs.sat.cores` asks a solver, read off a truth table: for few variables."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cached_property

from verigym.verifiers.cnf import Formula
from verigym.verifiers.truth import covered, table

MAX_VARIABLES = 12
"""Beyond it a solver is faster."""


class TableCores:
    """The correction sets of an unsatisfiable formula, by the numbers of clauses from 1."""

    def __init__(self, formula: Formula) -> None:
        self._table = table(formula.variables)
        self._falsified = [self._table.falsified(clause) for clause in formula.clauses]

    @cached_property
    def critical(self) -> frozenset[int]:
        """The clauses without any one of which there is a model."""
        _, twice = covered(self._falsified)
        return frozenset(i for i, rows in enumerate(self._falsified, 1) if rows & ~twice)

    @property
    def hopeless(self) -> bool:
        """Whether no clause is critical."""
        return not self.critical

    def corrects(self, removed: Collection[int]) -> bool:
        """Whether the clauses have a model without these."""
        if len(removed) == 1:
            return not self.critical.isdisjoint(removed)
        models = self._table.all
        for i, rows in enumerate(self._falsified, 1):
            if i not in removed:
                models &= ~rows
        return bool(models)

    def first_correction(self, order: Iterable[int]) -> frozenset[int]:
        """The minimal correction set that is left when clauses are kept, in order, if they can be."""
        models, removed = self._table.all, []
        for i in order:
            rest = models & ~self._falsified[i - 1]
            if rest:
                models = rest
            else:
                removed.append(i)
        return frozenset(removed)
