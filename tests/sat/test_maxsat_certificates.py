"""Certificates of least cost: no wrong bound is paid, whatever proves it; right ones are."""

from __future__ import annotations

import itertools
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_rup import verdict as naive_verdict
from weighted_formulas import WEIGHTED, assignments, naive_cost, task_of, text_of

import verigym
from verigym import Status
from verigym.envs.sat import optimum
from verigym.envs.sat.refute import refutation
from verigym.envs.sat.solver import find_model
from verigym.verifiers.maxsat import MAX_COUNTER, cheaper, cheaper_size
from verigym.verifiers.wcnf import Weighted


@settings(max_examples=60, deadline=None)
@given(WEIGHTED, st.integers(1, 12))
def test_the_counter_says_what_it_should(formula: Weighted, cost: int) -> None:
    """It has a model exactly when an assignment costs less, and then shows such a one."""
    least = min(naive_cost(formula, model) for model in assignments(4))
    says = cheaper(formula, cost)
    assert says.variables == cheaper_size(formula, cost)
    model = find_model(says)
    assert (model is not None) == (least < cost)
    if model is not None:
        assert naive_cost(formula, model[:4]) < cost


@settings(max_examples=60, deadline=None)
@given(WEIGHTED, st.randoms(use_true_random=False))
def test_right_certificates_are_paid_and_changed_ones_only_where_they_still_prove(
    formula: Weighted, rng: random.Random
) -> None:
    found = optimum.cheapest(formula)
    if found is None or found[0] == 0:
        return
    cost, model = found
    lemmas = refutation(cheaper(formula, cost)) or []
    task = task_of(formula, optimum=cost, baseline=formula.total, certificate=True)
    head = "v " + text_of(model)
    text = "\n".join([head, *map(text_of, lemmas)])
    assert verigym.verify(task, text).reward == 1.0
    assert verigym.verify(task, head).status is Status.MALFORMED
    for other in assignments(4):
        answer = "\n".join(["v " + text_of(other), *map(text_of, lemmas)])
        reward = verigym.verify(task, answer).reward
        assert reward == (1.0 if naive_cost(formula, other) == cost else 0.0)
    for _ in range(4):
        changed = [list(lemma) for lemma in lemmas]
        at = rng.randrange(len(changed))
        if changed[at] and rng.random() < 0.7:
            place = rng.randrange(len(changed[at]))
            changed[at][place] *= -1
        elif len(changed) > 1:
            del changed[at]
        proves = naive_verdict(cheaper(formula, cost).clauses, changed)[0] == "refuted"
        answer = "\n".join([head, *(text_of(tuple(lemma)) for lemma in changed)])
        assert verigym.verify(task, answer).reward == float(proves)


def hand() -> tuple[Any, Weighted]:
    formula = Weighted(2, ((1, 2), (-1, 2), (1, -2), (-1, -2)), (1,) * 4)
    return task_of(formula, optimum=1, baseline=2, certificate=True), formula


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ("v 1 2 0\n2 0\n0", Status.CORRECT),
        ("v 1 2 0\n2 0", Status.CORRECT),  # the empty clause adds nothing
        ("v 1 2 0\n\n2 0\n0\n", Status.CORRECT),
        ("v 1\nv 2 0\n2 0\n0", Status.CORRECT),
        ("v 1 2 0\n2 0\nd 2 0\n0", Status.CORRECT),
        ("v 1 2 0\n-10 0\n2 0\n0", Status.CORRECT),  # lemmas may speak of the counter
        ("v 1 2 0\n0", Status.WRONG),
        ("v 1 2 0\n1 -1 0\n0", Status.WRONG),
        ("v 1 2 0\n11 0\n0", Status.WRONG),  # a new variable defines nothing that helps
        ("v 1 2 0\n2 0\n0\n0", Status.MALFORMED),
        ("v 1 2 0\n2\n0", Status.MALFORMED),
        ("v 1 2 0", Status.MALFORMED),
        ("v 1 2 0\n\n", Status.MALFORMED),
        ("1 2 0\n2 0\n0", Status.MALFORMED),
        ("11\n2 0\n0", Status.MALFORMED),
        ("2 0\n0\nv 1 2 0", Status.MALFORMED),
        ("v 1 2 0\n2 0\n0\nv 1 2 0", Status.MALFORMED),
        ("v 1 2 0 2 0\n0", Status.MALFORMED),
        ("v 1 2 0\n2 0\n0\nso it is", Status.MALFORMED),
        ("s OPTIMUM FOUND\nv 1 2 0\n2 0\n0", Status.MALFORMED),
        ("v 1 2 0\ns UNSATISFIABLE\n2 0\n0", Status.MALFORMED),
        ("o 1\nv 1 2 0\n2 0\n0", Status.MALFORMED),
    ],
)
def test_the_grammar(answer: str, status: Status) -> None:
    task, _ = hand()
    verdict = verigym.verify(task, answer)
    assert verdict.status is status, verdict
    assert verdict.reward == float(status is Status.CORRECT)


def test_feedback_names_the_line_of_the_answer() -> None:
    task, _ = hand()
    assert "line 4" in verigym.verify(task, "v 1\nv 2 0\n\n0").feedback


def test_a_dear_model_is_wrong_before_its_counter_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    formula = Weighted(1, ((1,), (-1,)), (2**60, 1))
    task = task_of(formula, optimum=1, baseline=2, certificate=True)
    monkeypatch.setattr("verigym.verifiers.maxsat.cheaper", lambda *a: pytest.fail("made"))
    assert verigym.verify(task, "v -1 0\n0").status is Status.WRONG


def test_a_violated_hard_clause_is_wrong() -> None:
    formula = Weighted(2, ((1,), (-1,), (2,)), (None, 1, None))
    task = task_of(formula, optimum=1, baseline=1, certificate=True)
    assert verigym.verify(task, "v -1 2 0\n0").status is Status.WRONG
    assert verigym.verify(task, "v 1 2 0\n0").correct


def test_an_optimum_out_of_reach_of_the_counter_is_an_abstention_and_never_posed() -> None:
    formula = Weighted(1, ((1,), (-1,)), (MAX_COUNTER, MAX_COUNTER))
    task = task_of(formula, optimum=MAX_COUNTER, baseline=MAX_COUNTER, certificate=True)
    assert verigym.verify(task, "v 1 0\n0").status is Status.VERIFIER_ERROR
    easy = task_of(Weighted(1, ((1,),), (1,)), optimum=0, baseline=1, certificate=True)
    assert verigym.verify(easy, "v 1 0\n0").status is Status.VERIFIER_ERROR


def test_a_bound_that_is_stored_wrongly_is_never_paid() -> None:
    """A spec that claims a cost of 2 for a formula whose least is 1 pays for nothing."""
    formula = Weighted(2, ((1, 2), (-1, 2), (1, -2), (-1, -2)), (1,) * 4)
    doubled = Weighted(2, formula.clauses * 2, (1,) * 8)
    task = task_of(doubled, optimum=3, baseline=4, certificate=True)
    assert verigym.verify(task, "v 1 2 0\n2 0\n0").status is Status.VERIFIER_ERROR  # it costs 2


def test_an_expensive_certificate_is_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    family = verigym.family("sat/maxsat", n=10, certificate=True)
    task = family.sample()
    text = family.reference(task)
    monkeypatch.setattr("verigym.verifiers.proof.check.__defaults__", (50,))
    verdict = verigym.verify(task, text)
    assert (verdict.status, verdict.reward) == (Status.BUDGET, 0.0)


def test_another_tasks_certificate_earns_nothing() -> None:
    family = verigym.family("sat/maxsat", n=9, certificate=True)
    tasks = family.tasks("train", 5)
    for task, other in itertools.pairwise(tasks):
        assert verigym.verify(task, family.reference(other)).reward == 0.0
