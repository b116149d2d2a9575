"""sat/implicant: implicants and prime ones as by trying everything, without any search in the check."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from formulas import random_formula
from hypothesis import given, settings
from hypothesis import strategies as st
from small_formulas import (
    Literals,
    all_implicants,
    all_models,
    any_formula,
    is_implicant,
    primes,
    some_literals,
)

import verigym
from verigym import Status, Task
from verigym.envs.sat import implicants
from verigym.envs.sat.implicants import (
    by_halving,
    cheap,
    from_above,
    greedy,
    has_isolated_model,
    pruned,
    shortest,
    walk,
)
from verigym.envs.sat.solver import Undecided, find_model
from verigym.errors import FamilyError, VerigymError
from verigym.verifiers.cnf import Formula
from verigym.verifiers.implicant import spared, uncovered
from verigym.verifiers.sat import formula_of


def task_for(formula: Formula, target: Any, floor: Any, shortest: Any = False) -> Task:
    spec = {"variables": formula.variables, "clauses": formula.clauses}
    return Task(
        family="sat/implicant",
        prompt="p",
        spec={**spec, "shortest": shortest, "target": target, "floor": floor},
    )


def text(literals: Any) -> str:
    return " ".join(map(str, (*literals, 0)))


@given(st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_the_check_without_search_is_exact(seed: int) -> None:
    """Any list of literals: an implicant by the definition, and which literals it can spare."""
    rng = random.Random(seed)
    for _ in range(25):
        formula = any_formula(rng, 5, 9)
        literals = some_literals(rng, formula.variables)
        implies = is_implicant(formula, frozenset(literals))
        assert (not uncovered(formula, literals)) == implies
        if implies:
            spare = {x for x in literals if is_implicant(formula, frozenset(literals) - {x})}
            assert set(spared(formula, literals)) == spare
            kept = pruned(formula, literals)
            assert is_implicant(formula, frozenset(kept))
            assert not any(is_implicant(formula, frozenset(kept) - {x}) for x in kept)
            assert set(kept) <= set(literals)


@given(st.integers(0, 2**32))
@settings(max_examples=40, deadline=None)
def test_prime_and_shortest_ones_alone_are_right(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(10):
        formula = any_formula(rng, 4, 9)
        every = all_implicants(formula)
        right = primes(every)
        if not every:
            assert shortest(formula) is None
            continue
        least = min(map(len, right))
        assert len(shortest(formula) or ()) == by_halving(formula) == least
        model = find_model(formula)
        assert model is not None
        assert frozenset(from_above(formula, model)) in right
        tasks = (
            task_for(formula, least, formula.variables),
            task_for(formula, least, formula.variables, True),
        )
        tried = [*right, *every][:12] + [
            frozenset(some_literals(rng, formula.variables)) for _ in range(4)
        ]
        for literals in tried:
            judge_list(tasks, literals, every, right, least)


def judge_list(
    tasks: tuple[Task, Task], literals: Literals, every: set[Literals], right: set[Literals], least: int
) -> None:
    any_prime, the_shortest = (verigym.verify(task, text(literals)) for task in tasks)
    n = tasks[0].spec["variables"]
    assert any_prime.correct == (literals in right)
    assert the_shortest.correct == (literals in every and len(literals) == least)
    for verdict in (any_prime, the_shortest):
        if verdict.correct:
            continue
        if literals in every and n - least >= 2 and len(literals) < n:
            assert verdict.reward == pytest.approx(0.5 * (n - len(literals)) / (n - least))
        else:
            assert verdict.reward == 0.0


@given(st.integers(0, 2**32))
@settings(max_examples=40, deadline=None)
def test_heuristics_find_prime_implicants_or_nothing(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(10):
        formula = any_formula(rng, 6, 12)
        models = all_models(formula)
        if not models:
            assert greedy(formula) is None
            continue
        found = [x for x in (greedy(formula), *cheap(formula)) if x is not None]
        for literals in found:
            assert is_implicant(formula, frozenset(literals))
            assert not spared(formula, literals)
        model = walk(formula, 1)
        assert model is not None  # so few variables: a walk gets anywhere
        assert frozenset(model) in models
        alone = [m for m in models if not spared(formula, tuple(m))]
        assert has_isolated_model(formula) == bool(alone)


def test_searches_agree_on_larger_formulas_and_never_lose_to_heuristics() -> None:
    rng = random.Random(2)
    for n in (12, 20, 26):
        for _ in range(3):
            formula = random_formula(rng, n, 3 * n, 3)
            found = shortest(formula)
            if found is not None:
                assert not uncovered(formula, found)
                assert not spared(formula, found)
                assert all(len(other) >= len(found) for other in cheap(formula))
                assert len(found) == by_halving(formula)


def test_searches_that_disagree_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(implicants, "by_halving", lambda formula: 1)
    with pytest.raises(VerigymError, match="disagree"):
        shortest(Formula(5, ((1, 2), (3, 4), (-1, 5), (2, 3))))


def test_what_is_too_hard_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Undecided, match="more than 200 variables"):
        shortest(random_formula(random.Random(1), 201, 201, 3))
    monkeypatch.setattr(implicants, "CONFLICTS", 2)
    with pytest.raises(Undecided, match="gave up after 2 conflicts"):
        shortest(random_formula(random.Random(3), 45, 135, 3))


def test_the_edges_of_cnf() -> None:
    tautologies = task_for(Formula(2, ((1, -1), (2, -2, 1))), 0, 0)
    assert verigym.verify(tautologies, "0").reward == 1.0
    assert (
        verigym.verify(tautologies, "1 0").feedback
        == "An implicant, but not a prime one: 1 can be left out."
    )
    nothing = task_for(Formula(1, ()), 0, 1)
    assert verigym.verify(nothing, "0").reward == 1.0
    assert verigym.verify(nothing, "1 0").reward == 0.0
    false = task_for(Formula(1, ((1,), ())), 0, 1)
    assert verigym.verify(false, "1 0").feedback.startswith("No literal of clause 2 is among these")
    unused = task_for(Formula(3, ((1, 2),)), 1, 3)
    assert verigym.verify(unused, "1 0").reward == 1.0
    assert verigym.verify(unused, "1 3 0").reward == 0.25  # 3 does not occur
    assert verigym.verify(unused, "1 -2 3 0").reward == 0.0
    repeated = task_for(Formula(2, ((1, 1), (1, 1), (2, 2, -1))), 2, 2)
    assert verigym.verify(repeated, "1 2 0").reward == 1.0
    assert verigym.verify(repeated, "1 0").reward == 0.0


def test_an_implicant_below_the_proved_least_is_an_abstention() -> None:
    verdict = verigym.verify(task_for(Formula(3, ((1, 2), (1, 3))), 2, 3, True), "1 0")
    assert (verdict.status, verdict.reward) == (Status.VERIFIER_ERROR, None)


KNOBS = [
    {"n": 8},
    {},
    {"n": 40},
    {"n": 8, "shortest": True},
    {"n": 18, "shortest": True},
    {"n": 12, "k": 4},
    {"n": 14, "k": 2},
]


@pytest.mark.parametrize("knobs", KNOBS)
def test_references_earn_one_and_null_answers_nothing(knobs: dict[str, Any]) -> None:
    family = verigym.family("sat/implicant", **knobs)
    tasks = family.tasks("validation", 5)
    for task, other in zip(tasks, tasks[1:] + tasks[:1], strict=True):
        formula, reference = formula_of(task), family.reference(task)
        assert verigym.verify(task, reference).reward == 1.0
        assert verigym.verify(task, family.reference(other)).reward == 0.0
        nulls = family.null_answers(task)
        assert len(nulls) > 10
        for answer in nulls:
            assert verigym.verify(task, answer).reward == 0.0, answer
        for name, answer in family.cheap_answers(task).items():
            assert verigym.verify(task, answer).reward == 0.0 or name in family.searching, name
        literals = [int(word) for word in reference.split()[:-1]]
        for i in range(len(literals)):
            rest = [*literals[:i], *literals[i + 1 :]]
            assert verigym.verify(task, text(rest)).reward == 0.0  # a clause is missed
            assert verigym.verify(task, text([*rest, -literals[i]])).reward < 1.0
        free = [v for v in range(1, formula.variables + 1) if v not in set(map(abs, literals))]
        assert verigym.verify(task, text([*literals, free[0]])).status in (Status.PARTIAL, Status.WRONG)
        assert verigym.verify(task, text([*literals, *free])).reward == 0.0  # a whole model


def test_no_model_earns_anything() -> None:
    family = verigym.family("sat/implicant", n=8)
    for task in family.tasks("train", 8):
        for model in all_models(formula_of(task)):
            assert verigym.verify(task, text(model)).reward == 0.0


def test_partial_rewards_are_beyond_what_heuristics_find() -> None:
    """With shortest, the greedy implicants that floors are made of earn nothing, whatever their order."""
    family = verigym.family("sat/implicant", n=12, shortest=True)
    for task in family.tasks("train", 6):
        target, floor = task.spec["target"], task.spec["floor"]
        assert target < floor
        found = cheap(formula_of(task))
        assert min(map(len, found)) == floor
        for literals in found:
            assert verigym.verify(task, text(literals[::-1])).reward == 0.0


@pytest.mark.parametrize("shortest", [False, True])
def test_the_prompt_says_it_and_its_example_is_right(shortest: bool) -> None:
    task = verigym.family("sat/implicant", n=8, shortest=shortest).sample()
    assert "p cnf 8 24\n" in task.text
    right = primes(all_implicants(Formula(3, ((1, 2), (-1, 2, 3)))))
    assert right == {frozenset({2}), frozenset({1, 3})}
    assert f"it is <answer>{'2' if shortest else '1 3'} 0</answer>" in task.text
    assert ("shortest one" in task.text) == shortest
    example = task_for(Formula(3, ((1, 2), (-1, 2, 3))), 1, 3, shortest)
    assert verigym.verify(example, task.text.split("it is ")[1].split(":")[0]).reward == 1.0
    assert task.difficulty["shortest"] is shortest


@pytest.mark.parametrize("value", [1, 0, "yes", 2.0])
def test_wrong_knobs_are_named(value: object) -> None:
    with pytest.raises(FamilyError, match="shortest is"):
        verigym.family("sat/implicant", shortest=value)


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"shortest": 1, "target": 1, "floor": 2},
        {"shortest": True, "target": 2, "floor": 1},
        {"shortest": True, "target": -1, "floor": 1},
        {"shortest": True, "target": 1.0, "floor": 2},
        {"shortest": True, "target": 1, "floor": True},
    ],
)
def test_a_broken_spec_is_an_abstention(more: dict[str, Any]) -> None:
    spec = {"variables": 2, "clauses": [[1, 2]], **more}
    verdict = verigym.verify(Task(family="sat/implicant", prompt="p", spec=spec), "1 0")
    assert (verdict.status, verdict.reward) == (Status.VERIFIER_ERROR, None)


@pytest.mark.parametrize("answer", ["1 " * 1_900_000, "9" * 3_900_000, "1 -1 0", "1 1 0", "01 0", "+1 0", "\u0661 0",
                                    "1 0\n2 0", "1 or 2", "\x00", "101"])  # fmt: skip
def test_hostile_and_malformed_answers_earn_nothing(answer: str) -> None:
    verdict = verigym.verify(task_for(Formula(3, ((1, 2), (2, 3))), 1, 3), answer)
    assert (verdict.status, verdict.reward) == (Status.MALFORMED, 0.0)
    assert verdict.timings["total"] < 10


def test_loaded_formulas(tmp_path: Path) -> None:
    (tmp_path / "a.cnf").write_text("p cnf 4 4\n1 2 0\n-1 3 0\n-2 3 4 0\n1 -1 0\n")
    (tmp_path / "b.cnf").write_text("p cnf 1 2\n1 0 -1 0\n")
    (tmp_path / "c.cnf").write_text(
        "p cnf 3 3\n1 0 -1 2 0 -2 1 0\n"
    )  # one model, but for what is unused
    for more in ({}, {"shortest": False}):
        family = verigym.family("sat/implicant", data=tmp_path, **more)
        assert list(family.skipped) == ["b.cnf", "c.cnf"]
        assert "its model can be left out" in family.skipped["c.cnf"]
        (task,) = family.tasks()
        assert verigym.verify(task, family.reference(task)).reward == 1.0
        assert verigym.verify(task, "2 3 0").reward == 1.0
        for answer in family.null_answers(task):
            assert verigym.verify(task, answer).reward == 0.0
    with pytest.raises(FamilyError, match="cheap heuristics find a shortest implicant"):
        verigym.family("sat/implicant", data=tmp_path / "a.cnf", shortest=True)


@pytest.mark.soak
def test_the_check_and_the_searches_are_exact_many_times() -> None:
    rng = random.Random(13)
    for _ in range(3_000):
        formula = any_formula(rng, 6, 14)
        every = all_implicants(formula)
        if not every:
            assert shortest(formula) is None
            continue
        assert len(shortest(formula) or ()) == by_halving(formula) == min(map(len, every))
        right = primes(every)
        for literals in every:
            assert not uncovered(formula, tuple(literals))
            assert (not spared(formula, tuple(literals))) == (literals in right)
