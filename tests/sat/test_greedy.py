"""Greedy flipping, with gains that are kept up to date, takes the flips that weighing each anew takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from verigym.envs.sat import bank
from verigym.envs.sat.greedy import flips
from verigym.verifiers.cnf import Formula

N = 6
literals = st.sampled_from([sign * v for v in range(1, N + 1) for sign in (1, -1)])
weighted = st.lists(st.tuples(st.lists(literals, max_size=4), st.integers(1, 5)), max_size=14)
models = st.tuples(*[st.sampled_from([v, -v]) for v in range(1, N + 1)])


def naive(formula: Formula, weights: Sequence[int], model: Sequence[int]) -> Iterator[int]:
    def worth(literals: set[int]) -> int:
        pairs = zip(formula.clauses, weights, strict=True)
        return sum(weight for clause, weight in pairs if literals & set(clause))

    true = set(model)
    while True:
        flipped = [worth(true ^ {v, -v}) for v in range(1, formula.variables + 1)]
        if max(flipped, default=0) <= worth(true):
            return
        variable = 1 + flipped.index(max(flipped))
        true ^= {variable, -variable}
        yield variable


@settings(max_examples=200, deadline=None)
@given(weighted, models)
def test_every_flip_is_the_best(clauses: list[tuple[list[int], int]], model: tuple[int, ...]) -> None:
    formula = Formula.of(N, [clause for clause, _ in clauses])
    weights = [weight for _, weight in clauses]
    assert list(flips(formula, weights, model)) == list(naive(formula, weights, model))
    ones = [1] * len(weights)
    assert list(bank.ascent(formula, model)) == list(naive(formula, ones, model))


@pytest.mark.parametrize("n", [bank.FEW, bank.FEW + 1])
def test_both_ways_of_weighing_take_the_same_flips(n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A chain of implications, begun with all variables false, is mended from one end to the other."""
    formula = Formula.of(n, [(1,), (1, -1, 2), *((-v, v + 1) for v in range(1, n)), (n, n)])
    model = tuple(-v for v in range(1, n + 1))
    found = list(bank.ascent(formula, model))
    assert found == list(naive(formula, [1] * len(formula.clauses), model))
    assert found
    monkeypatch.setattr(bank, "MAX_WEIGHED", n)
    assert list(bank.ascent(formula, model)) == found[:1]


def test_a_formula_without_variables_needs_no_flip() -> None:
    assert list(islice(flips(Formula(0, ()), (), ()), 1)) == []
    assert list(islice(flips(Formula(0, ((),)), (1,), ()), 1)) == []
    assert list(bank.ascent(Formula(0, ((),)), ())) == []
