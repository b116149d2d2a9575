"""sat/maxsat: optima against every assignment, the reward rule, and what is refused."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from weighted_formulas import WEIGHTED, assignments, naive_cost, task_of, text_of

import verigym
from verigym import Status
from verigym.envs.sat import optimum
from verigym.envs.sat.weighted_bank import bank, cheapest_of, climbed
from verigym.errors import FamilyError, VerigymError
from verigym.verifiers.maxsat import weighted_of
from verigym.verifiers.wcnf import Weighted


@settings(max_examples=80, deadline=None)
@given(WEIGHTED)
def test_the_least_cost_is_that_of_trying_everything(formula: Weighted) -> None:
    least = min(naive_cost(formula, model) for model in assignments(4))
    found = optimum.cheapest(formula)
    if found is None:
        assert least == float("inf")
        return
    assert found[0] == least == naive_cost(formula, found[1])
    cheap = cheapest_of(formula, bank(formula))
    assert cheap is None or cheap[0] >= least
    assert optimum.cheapest(formula, cheap and cheap[1]) is not None


def test_algorithms_that_disagree_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    formula = Weighted(1, ((1,), (-1,)), (1, 1))
    monkeypatch.setattr(optimum, "_up", lambda formula: 2)
    with pytest.raises(VerigymError, match="disagree"):
        optimum.cheapest(formula)


def test_weights_too_large_to_count_are_said_so() -> None:
    formula = Weighted(2, ((1,), (-1,), (2,)), (10**12, 10**12, 1))
    with pytest.raises(FamilyError, match="too much to count"):
        optimum.cheapest(formula)


@settings(max_examples=80, deadline=None)
@given(WEIGHTED, st.integers(0, 4))
def test_every_verdict_is_that_of_the_definition(formula: Weighted, extra: int) -> None:
    costs = {model: naive_cost(formula, model) for model in assignments(4)}
    least = min(costs.values())
    if least == float("inf"):
        return
    baseline = min(int(least) + extra, formula.total)
    task = task_of(formula, optimum=int(least), baseline=baseline)
    for model, cost in costs.items():
        verdict = verigym.verify(task, text_of(model))
        bits = "".join("1" if x > 0 else "0" for x in model)
        assert verigym.verify(task, bits).reward == verdict.reward
        if cost == least:
            expected = 1.0
        elif cost >= baseline or baseline - least < 2:
            expected = 0.0
        else:
            expected = 0.5 * (baseline - cost) / (baseline - least)
        assert verdict.reward == expected, (model, verdict)
        if cost == float("inf"):
            assert "hard clauses are false" in verdict.feedback


KNOBS: list[tuple[dict[str, Any], int]] = [
    ({"n": 6, "ratio": 5}, 6),
    ({"n": 10}, 4),
    ({"n": 9, "weights": 6}, 3),
    ({"n": 9, "weights": 4, "hard": 0.4}, 3),
    ({"n": 12, "hard": 0.5, "ratio": 7}, 2),
    ({"n": 12, "k": 2}, 2),
    ({"n": 26}, 1),
]


@pytest.mark.parametrize("certificate", [False, True])
@pytest.mark.parametrize(("knobs", "count"), KNOBS)
def test_references_earn_one_and_cheap_answers_nothing(
    knobs: dict[str, Any], count: int, certificate: bool
) -> None:
    if certificate and knobs["n"] > 12:
        return
    family = verigym.family("sat/maxsat", certificate=certificate, **knobs)
    for task in family.tasks("validation", count):
        assert verigym.verify(task, family.reference(task)).reward == 1.0
        nulls = family.null_answers(task)
        assert len(nulls) > 40
        for answer in [*nulls, *family.cheap_answers(task).values()]:
            reward = verigym.verify(task, answer).reward
            assert reward == 0.0 or (knobs["n"] < 8 and reward == 1.0), answer
        if not certificate:
            walked = climbed(weighted_of(task), tuple(range(1, knobs["n"] + 1)))
            assert verigym.verify(task, text_of(walked)).reward is not None


def test_partial_rewards_and_dead_ends_along_a_walk() -> None:
    family = verigym.family("sat/maxsat", n=20, weights=6)
    seen = set()
    for task in family.tasks("test", 3):
        formula = weighted_of(task)
        model = [int(x) for x in family.reference(task).split()[:-1]]
        for v in range(20):
            near = (*model[:v], -model[v], *model[v + 1 :])
            verdict = verigym.verify(task, text_of(near))
            cost, low, high = formula.cost(near), task.spec["optimum"], task.spec["baseline"]
            assert cost is not None
            if cost > low:
                assert verdict.reward == max(0.0, 0.5 * (high - cost) / (high - low))
            seen.add(verdict.status)
    assert Status.PARTIAL in seen


def test_it_is_the_same_formula_with_and_without_certificate() -> None:
    plain = verigym.family("sat/maxsat", n=8).sample(index=3)
    proved = verigym.family("sat/maxsat", n=8, certificate=True).sample(index=3)
    assert plain.spec["clauses"] == proved.spec["clauses"]
    assert plain.text != proved.text


MALFORMED = [
    *("1 2", "1 2 3 0 0", "1 1 2 3", "1 -1 2 3", "+1 2 3", "01 2 3", "1 2 3 4", "11", "1111", "1 1 1"),
    *("\u0661\u0661\u0661", "1 2 3 0 the end", "maybe 111", "111 or 110", "s OPTIMUM FOUND\nv 1 2 3 0"),
    *(
        "o 1\nv 1 2 3 0",
        "v 1 2 3 0\nv 1 2 3 0",
        "1 2 3\x00",
        "1.0 2 3",
        "[1, 2, 3]",
        "0b111",
        "x1 x2 x3",
    ),
]


@pytest.mark.parametrize("answer", MALFORMED)
def test_what_is_no_assignment_is_malformed(answer: str) -> None:
    formula = Weighted(3, ((1,), (-1,), (2, 3)), (1, 1, 1))
    task = task_of(formula, optimum=1, baseline=2)
    verdict = verigym.verify(task, answer)
    assert (verdict.status, verdict.reward) == (Status.MALFORMED, 0.0)
    assert verigym.verify(task, "1 2 3").correct


@pytest.mark.parametrize(
    "answer",
    ["9" * 300_000, "1 " * 200_000, "\x00" * 9_000, "v\n" * 100_000, " 1" * 3 + "\n" * 300_000 + "x"],
)
@pytest.mark.parametrize("certificate", [False, True])
def test_hostile_answers_are_quick(answer: str, certificate: bool) -> None:
    formula = Weighted(3, ((1,), (-1,), (2, 3)), (1, 1, 1))
    task = task_of(formula, optimum=1, baseline=2, certificate=certificate)
    assert verigym.verify(task, answer).status is Status.MALFORMED


@pytest.mark.parametrize(
    "spec",
    [
        {"optimum": None}, {"optimum": -1}, {"optimum": 4}, {"optimum": True}, {"baseline": 0},
        {"baseline": 4}, {"weights": None}, {"weights": [1, 1]}, {"weights": [1, 1, 0]},
        {"weights": [1, 1, "1"]}, {"optimum": 2, "baseline": 2}, {"variables": 2},
    ],
)  # fmt: skip
def test_a_spec_that_cannot_be_is_an_abstention(spec: dict[str, Any]) -> None:
    formula = Weighted(3, ((1,), (-1,), (2, 3)), (1, 1, 1))
    task = task_of(formula, **{"optimum": 1, "baseline": 2, **spec})
    assert verigym.verify(task, "1 2 3").status is Status.VERIFIER_ERROR


def test_no_partial_reward_where_the_bank_satisfies_no_hard_clauses() -> None:
    formula = Weighted(2, ((1,), (2,), (-2,), (-2, 1), (-1,)), (None, 3, 1, 1, 5))
    task = task_of(formula, optimum=6, baseline=None)
    assert verigym.verify(task, "1 2").correct
    assert verigym.verify(task, "1 -2").reward == 0.0


def test_files_in_both_formats(tmp_path: Path) -> None:
    (tmp_path / "a.wcnf").write_text("h 1 2 0\n3 -1 0\n2 -2 0\n1 2 0\n")
    (tmp_path / "b.wcnf").write_text("p wcnf 2 3 9\n9 1 0\n4 -1 2 0\n1 -2 0\n")
    (tmp_path / "c.cnf").write_text("p cnf 1 2\n1 0\n-1 0\n")
    (tmp_path / "d.wcnf").write_text("h 1 0\nh -1 0\n1 2 0\n")
    (tmp_path / "e.wcnf").write_text("h 1 0\n")
    family = verigym.family("sat/maxsat", data=str(tmp_path))
    assert (
        isinstance(family, verigym.family_class("sat/maxsat"))
        if hasattr(verigym, "family_class")
        else True
    )
    tasks = family.tasks()
    assert [(t.metadata["source"], t.spec["optimum"]) for t in tasks] == [
        ("a.wcnf", 2),
        ("b.wcnf", 1),
        ("c.cnf", 1),
    ]
    assert [t.spec["weights"][0] for t in tasks] == [None, None, 1]
    assert dict(family.skipped) == {  # type: ignore[attr-defined]
        "d.wcnf": "its hard clauses are unsatisfiable",
        "e.wcnf": "it has no soft clause",
    }
    assert "h 1 2 0\n3 -1 0\n" in tasks[0].text
    assert "p cnf 1 2\n" in tasks[2].text
    for task in tasks:
        assert verigym.verify(task, family.reference(task)).correct
    proved = verigym.family("sat/maxsat", data=str(tmp_path / "a.wcnf"), certificate=True)
    task = proved.sample("test")
    assert verigym.verify(task, proved.reference(task)).correct


def test_another_format_shows_the_weights_in_words() -> None:
    from verigym.envs.sat.formats import FORMATS

    others = [name for name in FORMATS if name != "dimacs"]
    for name in others:
        task = verigym.family("sat/maxsat", n=8, weights=5, hard=0.2, format=name).sample()
        shown = " ".join("h" if w is None else str(w) for w in task.spec["weights"])
        assert f"{shown}." in task.text


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"weights": 0}, "weights is 0"), ({"weights": 101}, "weights is 101"),
        ({"weights": True}, "weights is True"), ({"weights": 1.5}, "weights is 1.5"),
        ({"hard": 1}, "hard is 1"), ({"hard": -0.1}, "hard is -0.1"), ({"hard": "x"}, "hard is 'x'"),
        ({"certificate": 1}, "certificate is 1"), ({"n": 20, "ratio": 1}, "choose a higher ratio"),
    ],
)  # fmt: skip
def test_knobs_that_cannot_be(knobs: dict[str, Any], message: str) -> None:
    with pytest.raises(FamilyError, match=message):
        verigym.family("sat/maxsat", **knobs).sample()


def test_random_answers_are_assignments() -> None:
    family = verigym.family("sat/maxsat", n=9)
    task = family.sample()
    answers = {family.random_answer(task, seed) for seed in range(8)}
    assert len(answers) > 5
    assert {verigym.verify(task, answer).status for answer in answers} <= {
        Status.WRONG, Status.PARTIAL, Status.CORRECT
    }  # fmt: skip


def test_the_examples_of_the_prompt_are_right() -> None:
    square = Weighted(2, ((1, 2), (-1, 2), (1, -2), (-1, -2)), (1,) * 4)
    for certificate in (False, True):
        prompt = verigym.family("sat/maxsat", n=6, certificate=certificate).sample().text
        assert "the clauses `1 2`, `-1 2`, `1 -2` and `-1 -2`" in prompt
        task = task_of(square, optimum=1, baseline=2, certificate=certificate)
        examples = [x.split("</answer>")[0] for x in prompt.split("<answer>")[2:]]
        assert len(examples) == 1 + (not certificate)
        assert all(verigym.verify(task, example).correct for example in examples)


def test_generation_reads_no_global_randomness() -> None:
    random.seed(1)
    one = verigym.family("sat/maxsat", n=8, weights=3, hard=0.2).sample(index=5).id
    random.seed(2)
    assert verigym.family("sat/maxsat", n=8, weights=3, hard=0.2).sample(index=5).id == one
