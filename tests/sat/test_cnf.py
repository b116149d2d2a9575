"""A formula is validated once; counting satisfied clauses by bits equals counting them one by one."""

from __future__ import annotations

import itertools
import random

import pytest
from formulas import random_formula
from hypothesis import given
from hypothesis import strategies as st

from verigym.envs.sat import bank
from verigym.errors import FormatError
from verigym.verifiers.cnf import Formula


def count(formula: Formula, literals: tuple[int, ...]) -> int:
    """Satisfied clauses, the slow and obvious way."""
    return sum(any(literal in literals for literal in clause) for clause in formula.clauses)


@given(st.integers(1, 7).flatmap(lambda n: st.tuples(
    st.just(n),
    st.lists(st.lists(st.integers(-n, n).filter(bool), max_size=4), max_size=40),
    st.lists(st.booleans(), min_size=n, max_size=n),
)))  # fmt: skip
def test_satisfied_counts_clauses(drawn: tuple[int, list[list[int]], list[bool]]) -> None:
    n, clauses, values = drawn
    formula = Formula.of(n, clauses)
    model = tuple(v if value else -v for v, value in enumerate(values, 1))
    assert formula.satisfied(model) == count(formula, model)
    assert formula.satisfied(reversed(model)) == count(formula, model)
    assert formula.satisfied(()) == 0


def test_empty_clause_and_empty_formula() -> None:
    assert Formula(0, ()).satisfied(()) == 0 == len(Formula(0, ()).clauses)
    assert Formula(2, ((), (1,))).satisfied((1, 2)) == 1  # nothing satisfies the empty clause


@pytest.mark.parametrize(
    ("variables", "clauses"),
    [(2, ((3,),)), (2, ((-3,),)), (2, ((0,),)), (2, ((True,),)), (2, ((1.0,),)), (2, (("1",),)),
     (2, ((None,),)), (-1, ()), (True, ()), (None, ()), ("2", ()),
     (2, [(1,)]), (2, ([1],)), (2, (1,)), (2, None)],
)  # fmt: skip
def test_what_is_no_formula_is_refused(variables: object, clauses: object) -> None:
    with pytest.raises(FormatError):
        Formula(variables, clauses)  # type: ignore[arg-type]


def test_a_formula_is_frozen_and_hashable() -> None:
    formula = Formula.of(2, [[1, 2]])
    assert hash(formula) == hash(Formula(2, ((1, 2),)))
    with pytest.raises(AttributeError):
        formula.variables = 3  # type: ignore[misc]


def test_the_size_of_a_task_is_bounded() -> None:
    assert Formula(150, ((1, 2, 3),) * 640).oversized() is None
    assert "variables" in (Formula(10_001, ()).oversized() or "")
    assert "together" in (Formula(1, ((1,) * 100_001,)).oversized() or "")
    assert "times" in (Formula(10_000, ((1,),) * 2_001).oversized() or "")


def climb(formula: Formula, model: tuple[int, ...]) -> int:
    """The greedy search of the bank, with every flip counted afresh."""
    while True:
        flips = [(*model[:i], -model[i], *model[i + 1 :]) for i in range(len(model))]
        best = max(flips, key=lambda flipped: count(formula, flipped))
        if count(formula, best) <= count(formula, model):
            return count(formula, model)
        model = best


@pytest.mark.parametrize("n", [3, 8, 20])
def test_the_baseline_is_what_the_bank_reaches(n: int) -> None:
    for seed in range(5):
        formula = random_formula(random.Random(seed), n, 4 * n, 2)
        guesses = bank.guesses(formula)
        assert guesses == bank.guesses(Formula(n, formula.clauses))
        assert len({*guesses}) > 1
        reached = [count(formula, model) for model in bank.constants(formula) + guesses]
        reached += [climb(formula, model) for model in guesses[: bank.STARTS]]
        assert bank.baseline(formula) == max(reached)


def test_the_constants_are_all_false_all_true_and_majority() -> None:
    formula = Formula.of(3, [[1, -2], [1, -2], [-1, 2, 3], [-3]])
    assert bank.constants(formula) == [(-1, -2, -3), (1, 2, 3), (1, -2, 3)]  # a tie is true


def test_the_baseline_of_a_large_formula_takes_bounded_time() -> None:
    clauses = [(v, -(v % 9_000 + 1)) for v in range(1, 9_001)][:2_000]
    assert bank.baseline(Formula.of(9_000, clauses)) <= 2_000


def test_random_formulas_have_different_clauses_of_different_variables() -> None:
    for n, m, k in itertools.product((6, 30), (10, 40), (2, 3, 4)):
        formula = random_formula(random.Random(1), n, min(m, 2 * n), k)
        assert len(set(formula.clauses)) == len(formula.clauses) == min(m, 2 * n)
        for clause in formula.clauses:
            variables = [abs(literal) for literal in clause]
            assert variables == sorted(set(variables))
            assert len(variables) == k
            assert 1 <= variables[0] <= variables[-1] <= n


@pytest.mark.parametrize("number", [0, 3, -3])
def test_what_is_no_literal_is_not_evaluated(number: int) -> None:
    formula = Formula(2, ((1, 2), (-1,)))
    for _ in range(3):  # first clause by clause, then by the sets of all literals
        with pytest.raises(KeyError, match=f"{number}"):
            formula.satisfied([1, number])
        assert formula.satisfied([1, -2]) == 1
        assert formula.satisfied([-1, 2]) == 2
