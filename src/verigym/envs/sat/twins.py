"""A satisfiable twin of an unsatisfiable formula, that differs from it in the sign of one literal.

When a clause is critical (without it there would be a model), such a model makes all its literals
false, so changing the sign of any of them gives a formula that the model satisfies. Where no clause is
found critical, because the formula is unsatisfiable for several reasons, the same is done for each
clause of a minimal correction set: without it there is a model, and each that there is makes all of it
false. Both twins have the same variables, clauses and lengths, so nothing but reasoning tells them
apart; and the satisfiable one is built around no model.

In crafted formulas every variable occurs equally often with each sign, or in some other pattern that
one changed sign would break. There a *balanced* twin swaps the signs of two occurrences of a variable,
a positive and a negative one, so that every literal occurs as often in the one as in the other.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from verigym.envs.sat import table_cores
from verigym.envs.sat.cores import Cores
from verigym.envs.sat.solver import satisfiable
from verigym.errors import FamilyError
from verigym.verifiers.cnf import Formula

SINGLES = 64
"""Clauses to look at, in random order, before more than one sign is changed."""
TRIES = 64
"""Pairs of signs to swap, each on its own, before a balanced twin keeps one."""
MAX_FLIPS = 64
"""Signs of a balanced twin to change before there is none."""

Clause = tuple[int, ...]


def satisfiable_twin(rng: random.Random, formula: Formula) -> Formula:
    """The twin of an unsatisfiable formula, without repeated clauses where it has none.

    Raises:
        FamilyError: when too many signs would have to change.
        Undecided: when the formula is too hard for the solver's limit.

    """
    if formula.variables <= table_cores.MAX_VARIABLES:
        return _twin(rng, formula, table_cores.TableCores(formula))
    with Cores(formula) as cores:
        return _twin(rng, formula, cores)


def _twin(rng: random.Random, formula: Formula, cores: Cores | table_cores.TableCores) -> Formula:
    present = frozenset(map(frozenset, formula.clauses))
    order = _order(rng, len(formula.clauses))
    for number in order[:SINGLES]:
        if cores.hopeless:
            break
        if cores.corrects((number,)) and (changed := _mended(rng, formula, [number], present)):
            return changed
    changed = _mended(rng, formula, sorted(cores.first_correction(order)), present)
    if changed is None:
        raise FamilyError("no signs of this formula can be changed without repeating a clause")
    return changed


def balanced_twin(rng: random.Random, formula: Formula) -> Formula:
    """A twin, as above, in which every literal occurs as often as in the formula.

    Raises:
        FamilyError: when too many signs would have to change.
        Undecided: when a formula on the way is too hard for the solver's limit.

    """
    for _ in range(MAX_FLIPS):
        changed = formula
        for _ in range(TRIES):
            changed = _swapped(rng, formula)
            if satisfiable(changed):
                return changed
        formula = changed
    raise FamilyError(
        f"a formula with {formula.variables} variables and {len(formula.clauses)} clauses stayed "
        f"unsatisfiable although {MAX_FLIPS} of its signs were changed: choose a lower ratio, or less "
        "padding"
    )


def _mended(
    rng: random.Random, formula: Formula, numbers: Sequence[int], present: frozenset[frozenset[int]]
) -> Formula | None:
    """The formula with a sign changed in each of some clauses; None where one would be repeated."""
    clauses, added = list(formula.clauses), set[frozenset[int]]()
    for number in numbers:
        clause = clauses[number - 1]
        for j in _order(rng, len(clause)):
            new = (*clause[: j - 1], -clause[j - 1], *clause[j:])
            if (literals := frozenset(new)) not in present and literals not in added:
                added.add(literals)
                clauses[number - 1] = new
                break
        else:
            return None
    return Formula.made(formula.variables, tuple(clauses))


def _order(rng: random.Random, count: int) -> list[int]:
    """The numbers from 1 to ``count`` in random order."""
    keys = [rng.getrandbits(64) for _ in range(count)]
    return sorted(range(1, count + 1), key=lambda number: keys[number - 1])


def _swapped(rng: random.Random, formula: Formula) -> Formula:
    """The formula with a positive and a negative occurrence of one variable swapped, likewise."""
    clauses = list(formula.clauses)
    present = set(map(frozenset, clauses))
    places: dict[int, list[tuple[int, int]]] = {}
    for i, clause in enumerate(clauses):
        for j, literal in enumerate(clause):
            places.setdefault(literal, []).append((i, j))
    for _ in range(TRIES):
        variable = 1 + rng.randrange(formula.variables)
        pair = [places.get(literal, []) for literal in (variable, -variable)]
        if not all(pair):
            continue
        ends = [found[rng.randrange(len(found))] for found in pair]
        new = {i: (*clauses[i][:j], -clauses[i][j], *clauses[i][j + 1 :]) for i, j in ends}
        sets = set(map(frozenset, new.values()))
        if len(sets) == 2 and not sets & present:
            for i, clause in new.items():
                clauses[i] = clause
            return Formula.made(formula.variables, tuple(clauses))
    raise FamilyError("no signs of this formula can be swapped without repeating a clause")
