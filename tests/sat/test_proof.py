"""The refutation checker is the trusted core: it accepts nothing false, and all that it should."""

from __future__ import annotations

import copy
import itertools
import random

import naive_rup
import pytest
from formulas import SQUARE, unsatisfiable
from hypothesis import given, settings
from hypothesis import strategies as st

from verigym.envs.sat.refute import refutation
from verigym.envs.sat.solver import find_model
from verigym.errors import FormatError
from verigym.verifiers import propagation
from verigym.verifiers.cnf import Formula
from verigym.verifiers.proof import MAX_NEW_VARIABLES, Outcome, check
from verigym.verifiers.propagation import Layout, Propagator, numbers


def has_model(formula: Formula) -> bool:
    """By trying them all."""
    n = formula.variables
    return any(
        formula.satisfied([v if value else -v for v, value in enumerate(values, 1)])
        == len(formula.clauses)
        for values in itertools.product((False, True), repeat=n)
    )


@pytest.mark.parametrize(
    ("clauses", "lemmas", "outcome", "proved"),
    [
        (SQUARE.clauses, [(2,), ()], "refuted", 1),
        (SQUARE.clauses, [(2,)], "refuted", 1),
        (SQUARE.clauses, [()], "refused", 0),
        (SQUARE.clauses, [(1, -1), ()], "refused", 1),  # a tautology follows and says nothing
        (SQUARE.clauses, [(1, -1)], "incomplete", 1),
        (SQUARE.clauses, [(1, 2), (2, 1, 1)], "incomplete", 2),
        (SQUARE.clauses, [], "incomplete", 0),
        (SQUARE.clauses[:3], [(2,), (1,), ()], "refused", 2),  # satisfiable
        (SQUARE.clauses[:3], [(2,), (-1,), ()], "refused", 1),
        (((1,), (-1,)), [], "refuted", 0),
        (((1,), (-1,)), [(2,), ()], "refuted", 0),
        (((1, 1), (-1, -1, -1)), [()], "refuted", 0),  # repeated literals count once
        (((), (1,)), [()], "refuted", 0),
        (((1, -1), (2, -2)), [()], "refused", 0),
        (((1, -1, 2), (-2,)), [()], "refused", 0),
        ((), [()], "refused", 0),
        ((), [(1,)], "incomplete", 1),  # RAT: nothing holds -1
        (((1, 2), (-1, 2)), [(1,), (-2,), ()], "refused", 1),
        (((1, 2), (-1, 2)), [(-2,), ()], "refused", 0),
        (((1,),), [(2, -1), (-2, 1), (-2,)], "refused", 2),  # a definition of 2, then more than it says
        (((1,),), [(-1, 2)], "refused", 0),  # 2 is not the pivot
        (((1, 2), (-1, -2)), [(1, -2), ()], "refused", 0),
        ((), [(1, -1), (2, 1, -2)], "incomplete", 2),
        (((1, 2, 2), (1, -2), (-1, 2), (-2, -2, -1)), [(2, 2), ()], "refuted", 1),
    ],
)
def test_small_cases(clauses: tuple[tuple[int, ...], ...], lemmas: list[tuple[int, ...]],
                     outcome: str, proved: int) -> None:  # fmt: skip
    found = check(Formula(2, clauses), lemmas)
    assert (found.outcome.value, found.lemmas) == (outcome, proved)
    assert naive_rup.verdict(clauses, lemmas) == (outcome, proved, found.rat)


def literals(n: int) -> st.SearchStrategy[int]:
    return st.integers(1, n) | st.integers(-n, -1)


small = st.integers(1, 5).flatmap(lambda n: st.tuples(
    st.just(n),
    st.lists(st.lists(literals(n), max_size=4), max_size=24),
    st.lists(st.lists(literals(n + 2), max_size=3), max_size=12),
))  # fmt: skip


Drawn = tuple[int, list[list[int]], list[list[int]]]


@given(small)
@settings(max_examples=150, deadline=None)
def test_agrees_with_the_naive_checker_and_never_refutes_what_has_a_model(drawn: Drawn) -> None:
    agrees(drawn)


@pytest.mark.soak
@given(small)
@settings(max_examples=5_000, deadline=None)
def test_agrees_with_the_naive_checker_soak(drawn: Drawn) -> None:
    agrees(drawn)


def agrees(drawn: Drawn) -> None:
    n, clauses, lemmas = drawn
    formula = Formula.of(n, clauses)
    found = check(formula, lemmas)
    assert (found.outcome.value, found.lemmas, found.rat) == naive_rup.verdict(clauses, lemmas)
    if found.outcome is Outcome.REFUTED:
        assert not has_model(formula)


def mutations(rng: random.Random, lemmas: list[tuple[int, ...]], n: int) -> list[tuple[int, ...]]:
    """One lemma removed, cut, flipped, replaced, doubled or moved."""
    mutated = list(lemmas)
    i = rng.randrange(len(mutated))
    lemma = list(mutated[i])
    kind = rng.randrange(6)
    if kind == 0:
        del mutated[i]
    elif kind == 1 and lemma:
        del lemma[rng.randrange(len(lemma))]
        mutated[i] = tuple(lemma)
    elif kind == 2 and lemma:
        j = rng.randrange(len(lemma))
        lemma[j] = -lemma[j]
        mutated[i] = tuple(lemma)
    elif kind == 3:
        mutated[i] = tuple(rng.choice((1, -1)) * rng.randint(1, n) for _ in range(rng.randint(1, 3)))
    elif kind == 4:
        mutated.insert(i, (*lemma, -lemma[0]) if lemma else ())
    else:
        mutated.insert(rng.randrange(len(mutated)), mutated.pop(i))
    return mutated


def agree_on_mutations(rounds: int, seed: int) -> tuple[int, int]:
    """Mutated proofs of unsatisfiable formulas, and of ones made satisfiable by losing a clause."""
    rng = random.Random(seed)
    refuted = satisfiable = 0
    for formula in unsatisfiable(9, rounds, seed):
        reference = refutation(formula)
        assert reference
        for _ in range(6):
            clauses = list(formula.clauses)
            if rng.random() < 0.5:
                del clauses[rng.randrange(len(clauses))]
            weaker = Formula.of(formula.variables, clauses)
            lemmas = mutations(rng, reference, formula.variables)
            found = check(weaker, lemmas)
            assert (found.outcome.value, found.lemmas, found.rat) == naive_rup.verdict(clauses, lemmas)
            model = find_model(weaker)
            refuted += found.outcome is Outcome.REFUTED
            satisfiable += model is not None
            assert model is None or found.outcome is not Outcome.REFUTED
    return refuted, satisfiable


def test_mutated_refutations_are_judged_as_the_naive_checker_does() -> None:
    refuted, satisfiable = agree_on_mutations(60, seed=1)
    assert refuted > 50  # many mutations leave a proof, so both outcomes are seen
    assert satisfiable > 10


@pytest.mark.soak
def test_mutated_refutations_soak() -> None:
    for seed in range(2, 12):
        agree_on_mutations(40, seed)


def satisfiable_never_refuted(rounds: int, seed: int) -> None:
    """Throw the most dangerous text at satisfiable formulas: proofs of what is one clause away."""
    rng = random.Random(seed)
    for n in (6, 12, 25):
        for formula in unsatisfiable(n, rounds, seed + n):
            lemmas = refutation(formula)
            assert lemmas
            clauses = list(formula.clauses)
            rng.shuffle(clauses)
            while (model := find_model(Formula.of(n, clauses))) is None:
                clauses.pop()
            weaker = Formula.of(n, clauses)
            assert weaker.satisfied(model) == len(clauses)
            found = check(weaker, lemmas)
            assert found.outcome in (Outcome.REFUSED, Outcome.INCOMPLETE)


def test_a_satisfiable_formula_is_never_refuted() -> None:
    satisfiable_never_refuted(25, seed=7)


@pytest.mark.soak
def test_a_satisfiable_formula_is_never_refuted_soak() -> None:
    for seed in range(100, 110):
        satisfiable_never_refuted(25, seed)


def test_the_budget_is_exact_and_running_out_is_no_verdict() -> None:
    (formula,) = unsatisfiable(20, 1)
    lemmas = refutation(formula)
    assert lemmas
    full = check(formula, lemmas)
    assert full.outcome is Outcome.REFUTED
    assert check(formula, lemmas, full.steps) == full
    for budget in (0, 1, full.steps // 2, full.steps - 1):
        found = check(formula, lemmas, budget)
        assert found.outcome is Outcome.BUDGET
        assert found.steps == budget


def test_a_hostile_proof_cannot_exceed_its_budget() -> None:
    n = 2_000
    chain = Formula.of(n, [(-v, v + 1) for v in range(1, n)])
    lemmas = itertools.repeat((-1, n))  # endless, and each propagates through the whole chain
    assert check(chain, lemmas, 300_000).outcome is Outcome.BUDGET
    wide = itertools.repeat((*range(1, n + 1), -1))
    assert check(chain, wide, 300_000).outcome is Outcome.BUDGET


@pytest.mark.parametrize(
    "lemma", [(10_003,), (-10_003,), (1, 0), (1, 20_000), (2**70,), (-(2**31), 1), (2**31 - 1,)]
)
def test_a_literal_beyond_the_new_ones_is_an_error_and_never_another_literal(
    lemma: tuple[int, ...],
) -> None:
    assert MAX_NEW_VARIABLES == 10_000
    with pytest.raises(FormatError, match="lemma 1"):
        check(SQUARE, [lemma])
    with pytest.raises(KeyError):
        SQUARE.satisfied(lemma)


def test_new_variables_are_different_from_all_others() -> None:
    for v in (3, 4, 500, 10_002):
        assert check(SQUARE, [(v,), (-v,)]).outcome is Outcome.REFUSED
        found = check(Formula(2, ((1, 2),)), [(-v, 1), (-v, 2), (v, -1, -2)])
        assert (found.outcome, found.rat) == (Outcome.INCOMPLETE, 3)


def test_a_tautology_and_a_doubled_pivot_change_nothing() -> None:
    """The pivot's negation in the same clause, or the pivot twice, must not hide a partner."""
    equal = Formula(3, ((1, -2), (-1, 2), (2, 3), (-2, -3)))
    for lemma in [(1,), (1, 1), (1, 1, 1)]:
        assert check(equal, [lemma]).outcome is Outcome.REFUSED
    found = check(equal, [(1, -1), (1,)])
    assert (found.outcome, found.lemmas) == (Outcome.REFUSED, 1)
    assert check(equal, [(1, 2, -1, 3), (-1, 1, 1)]).outcome is Outcome.INCOMPLETE


def test_only_the_first_literal_is_a_pivot() -> None:
    formula = Formula(2, ((1, 2),))
    assert check(formula, [(-1, 2)]).outcome is Outcome.REFUSED
    assert check(formula, [(2, -1)]).outcome is Outcome.INCOMPLETE


def test_rat_regards_lemmas_and_clauses_that_are_true_for_good() -> None:
    formula = Formula(3, ((1,), (1, -2)))
    assert check(formula, [(2, 3)]).rat == 1  # the resolvent with (1, -2) holds 1
    assert check(formula, [(-2, -3), (2, 3)]).outcome is Outcome.INCOMPLETE
    assert check(formula, [(-2, 3), (2, 3)]).outcome is Outcome.REFUSED  # a lemma is a partner too


def test_many_short_clauses_of_one_literal_are_all_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond :data:`propagation.MAX_PAIRS` short clauses are watched, which must not show."""
    for limit in (0, 1, 3):
        monkeypatch.setattr(propagation, "MAX_PAIRS", limit)
        for formula in unsatisfiable(12, 10, seed=limit):
            lemmas = refutation(formula)
            assert lemmas
            expected = naive_rup.verdict(formula.clauses, lemmas)
            found = check(formula, lemmas)
            assert (found.outcome.value, found.lemmas, found.rat) == expected


def test_checking_from_a_layout_changes_nothing_in_it() -> None:
    formula = Formula.of(6, [*SQUARE.clauses, (3, 4, 5), (3, -4), (-3, 4, 5, 6), (5, 5), (6, -6, 1)])
    layout = Layout(formula)
    before = copy.deepcopy((layout.pairs, layout.others))
    for lemmas in ([(2,), ()], [(3,), (4, 5), (3, 6, 1), (7, 1), (-7, 3)], [(1, 2, 3, 4)], [(-5,)]):
        assert check(layout, lemmas) == check(layout, lemmas) == check(formula, lemmas)
    assert (layout.pairs, layout.others) == before


def test_undoing_leaves_the_propagator_as_it_was() -> None:
    layout = Layout(Formula(4, ((1, 2), (-1, 2), (-2, 3, 1), (1, 2, 3, 4))))
    clauses = Propagator(layout, 1_000)
    for _ in range(3):
        for clause, conflict in [((2,), True), ((1,), False), ((), False), ((4,), False)]:
            assert clauses.falsify(numbers(clause)) is conflict
            clauses.undo(0)
            assert clauses.trail == []
            assert sum(clauses.false) == 1
    clauses.add(numbers((2,)))
    assert clauses.trail == numbers((-2,))
    assert clauses.falsify(numbers((2, 3)))
