"""Correction sets read off a truth table are those that a solver finds."""

from __future__ import annotations

import random

import pytest
from formulas import SQUARE, random_formula

from verigym.envs.sat.cores import Cores
from verigym.envs.sat.solver import find_model
from verigym.envs.sat.table_cores import MAX_VARIABLES, TableCores
from verigym.envs.sat.twins import satisfiable_twin
from verigym.errors import FamilyError
from verigym.verifiers.cnf import Formula


@pytest.mark.parametrize("n", [3, 6, 9, MAX_VARIABLES])
def test_both_agree(n: int) -> None:
    rng = random.Random(n)
    checked = 0
    while checked < 40:
        formula = random_formula(rng, n, min(round(5 * n), 2 * n * (n - 1)), min(3, n - 1))
        if find_model(formula) is not None:
            continue
        checked += 1
        own, numbers = TableCores(formula), range(1, len(formula.clauses) + 1)
        with Cores(formula) as cores:
            assert own.critical == {i for i in numbers if cores.corrects({i})}
            assert own.hopeless is not bool(own.critical)
            for _ in range(4):
                some = set(rng.sample(numbers, rng.randrange(1, 4)))
                assert own.corrects(some) == cores.corrects(some)
                order = rng.sample(numbers, len(numbers))
                assert own.first_correction(order) == cores.first_correction(order)


def test_the_square_is_held_by_each_of_its_clauses() -> None:
    assert TableCores(SQUARE).critical == {1, 2, 3, 4}
    assert not TableCores(SQUARE).hopeless
    twice = Formula(4, (*SQUARE.clauses, (3, 4), (-3, 4), (3, -4), (-3, -4)))
    assert TableCores(twice).hopeless
    with pytest.raises(FamilyError, match="without repeating a clause"):
        satisfiable_twin(random.Random(1), twice)
    other = Formula(4, ((1, 3), (1, -3), (-1,), (2, 4), (2, -4), (-2,)))
    twin = satisfiable_twin(random.Random(1), other)
    assert find_model(twin) is not None
    assert sum(a != b for a, b in zip(other.clauses, twin.clauses, strict=True)) == 2
