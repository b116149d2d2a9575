"""The bank of cheap heuristics, by name: what they find, and that tasks pay them nothing below success."""

from __future__ import annotations

import random

import pytest
from formulas import random_formula

import verigym
from verigym.envs.sat.bank import (
    SEARCHING,
    STARTS,
    ascent,
    baseline,
    climb,
    constants,
    guesses,
    policies,
)
from verigym.verifiers.cnf import Formula
from verigym.verifiers.sat import formula_of


def formulas(count: int) -> list[Formula]:
    rng = random.Random(11)
    found = []
    for _ in range(count):
        n = rng.randrange(5, 14)
        found.append(random_formula(rng, n, rng.randrange(1, min(5 * n, 16)), 3))
    return found


def test_the_policies_are_those_that_the_floor_is_made_of() -> None:
    for formula in formulas(200):
        found = policies(formula)
        assert max(map(formula.satisfied, found.values())) == baseline(formula)
        assert [found[name] for name in ("all false", "all true", "majority polarity")] == constants(
            formula
        )
        assert found["random bits"] == guesses(formula)[0]
        assert set(found) >= SEARCHING
        for model in found.values():
            assert [abs(literal) for literal in model] == list(range(1, formula.variables + 1))
        assert formula.satisfied(found["best of 32 random"]) == max(
            map(formula.satisfied, guesses(formula))
        )


def test_an_ascent_takes_the_best_flip_until_none_helps() -> None:
    for formula in formulas(100):
        model = list(guesses(formula)[0])
        for variable in ascent(formula, tuple(model)):
            gains = {v: formula.satisfied(_flipped(model, v)) for v in range(1, formula.variables + 1)}
            assert gains[variable] == max(gains.values()) > formula.satisfied(model)
            assert variable == min(v for v, gain in gains.items() if gain == gains[variable])
            model = _flipped(model, variable)
        every = (_flipped(model, v) for v in range(1, formula.variables + 1))
        assert max(map(formula.satisfied, every)) <= formula.satisfied(model)
        assert climb(formula, guesses(formula)[0]) == tuple(model)


def _flipped(model: list[int], variable: int) -> list[int]:
    return [-literal if abs(literal) == variable else literal for literal in model]


def test_nothing_on_the_way_up_beats_the_floor() -> None:
    """So a start from the bank, each single flip of it and each greedy step are worth nothing."""
    for formula in formulas(100):
        floor = baseline(formula)
        for start in guesses(formula)[:STARTS]:
            model = list(start)
            singles = (_flipped(model, v) for v in range(1, formula.variables + 1))
            assert max(map(formula.satisfied, singles)) <= floor
            for variable in ascent(formula, start):
                model = _flipped(model, variable)
                assert formula.satisfied(model) <= floor


@pytest.mark.parametrize("name", ["sat/solve", "sat/decide", "sat/interactive"])
@pytest.mark.parametrize("n", [5, 8, 13, 20])
def test_cheap_answers_earn_all_or_nothing(name: str, n: int) -> None:
    family = verigym.family(name, n=n)
    blind_and_right = 0
    for task in family.tasks("validation", 16):
        answers = family.cheap_answers(task)
        assert family.searching <= set(answers)
        for policy, answer in answers.items():
            verdict = family.verify(task, answer)
            assert verdict.reward in (0.0, 1.0), policy
            if policy in ("all false", "all true", "majority polarity"):
                assert not verdict.correct, policy
            blind_and_right += verdict.correct and policy not in family.searching
    assert blind_and_right <= 4  # random bits, where there are few


def test_a_model_that_a_cheap_policy_finds_is_one() -> None:
    family, found = verigym.family("sat/solve", n=8), 0
    for task in family.tasks("validation", 20):
        formula = formula_of(task)
        for policy, model in policies(formula).items():
            right = formula.satisfied(model) == len(formula.clauses)
            assert family.verify(task, family.cheap_answers(task)[policy]).correct == right
            found += right
    assert found
