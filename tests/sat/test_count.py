"""sat/count: three ways of counting agree with trying everything, and only the exact number is paid."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from formulas import random_formula
from hypothesis import given, settings
from hypothesis import strategies as st
from small_formulas import all_models, any_formula

import verigym
from verigym import Status, Task
from verigym.envs.sat import counting, projection
from verigym.envs.sat.count import expectation, guesses
from verigym.envs.sat.counting import count_models, exhaust, list_models, search
from verigym.envs.sat.projection import Projected
from verigym.envs.sat.solver import Undecided
from verigym.envs.sat.units import propagate
from verigym.errors import FamilyError, FormatError, VerigymError
from verigym.verifiers.cnf import Formula
from verigym.verifiers.sat import formula_of

Shown = tuple[int, ...]


def by_definition(formula: Formula, shown: Shown | None) -> int:
    models = all_models(formula)
    if shown is None:
        return len(models)
    return len({frozenset(x for x in true if abs(x) in shown) for true in models})


def some_variables(rng: random.Random, variables: int) -> Shown:
    share = rng.random()
    return tuple(v for v in range(1, variables + 1) if rng.random() < share)


def task_for(count: Any, **more: Any) -> Task:
    return Task(family="sat/count", prompt="p", spec={"count": count, **more})


@given(st.integers(0, 2**32), st.integers(0, 8))
@settings(max_examples=80, deadline=None)
def test_every_way_of_counting_is_exact(seed: int, together: int) -> None:
    """However many variables the truth table has, and the rest is set one after the other."""
    rng = random.Random(seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(counting, "TOGETHER", together)
        for _ in range(15):
            formula = any_formula(rng)
            shown = None if rng.randrange(3) == 0 else some_variables(rng, formula.variables)
            expected = by_definition(formula, shown)
            assert count_models.__wrapped__(formula, shown) == expected
            occurring = {abs(x) for clause in formula.clauses for x in clause}
            kept = tuple(v for v in shown or occurring if v in occurring)
            ways = {way(formula.clauses, kept) for way in (search, exhaust, list_models)}
            assert len(ways) == 1


def test_they_agree_on_larger_formulas() -> None:
    rng = random.Random(7)
    for n, ratio in ((18, 2.0), (22, 2.5), (26, 3.5)):
        for _ in range(3):
            formula = random_formula(rng, n, round(ratio * n), 3)
            occurring = sorted({abs(x) for clause in formula.clauses for x in clause})
            for kept in (occurring, rng.sample(occurring, n // 2)):
                assert search(formula.clauses, kept) == exhaust(formula.clauses, kept)


@given(st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_propagation_keeps_the_models(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(15):
        formula = any_formula(rng)
        assumed = [rng.choice((v, -v)) for v in some_variables(rng, formula.variables)][:2]
        models = {true for true in all_models(formula) if set(assumed) <= true}
        result = propagate(formula.clauses, assumed)
        if result is None:
            assert not models
            continue
        forced, left = result
        assert set(assumed) <= forced
        rest = Formula.of(formula.variables, [*left, *([x] for x in forced)])
        assert set(all_models(rest)) == models
        assert all(len(set(map(abs, clause))) == len(clause) >= 2 for clause in left)
        assert not {abs(x) for clause in left for x in clause} & set(map(abs, forced))


def test_parts_are_counted_apart_and_once() -> None:
    """Twenty copies of the same part over other variables: no branching over all of them together."""
    clauses = [
        tuple(x + 3 * i if x > 0 else x - 3 * i for x in c)
        for i in range(20)
        for c in ((1, 2, 3), (-1, -2, -3))
    ]
    assert search(clauses, range(1, 61), work=100) == 6**20


def test_the_search_goes_as_deep_as_there_may_be_variables() -> None:
    wide = tuple(range(1, 301))
    assert search([wide], wide) == 2**300 - 1
    assert search([wide], (300,)) == 2


def test_methods_that_disagree_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "exhaust", lambda clauses, shown: 4)
    with pytest.raises(VerigymError, match="disagree: 3 and 4"):
        count_models(Formula(2, ((1, 2),)))


def test_what_is_too_hard_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(1)
    with pytest.raises(Undecided, match="no second method can confirm"):
        count_models(random_formula(rng, 40, 40, 3))
    with pytest.raises(Undecided, match="more than 300 variables open"):
        count_models(random_formula(rng, 400, 400, 3))
    with pytest.raises(Undecided, match="too many branches"):
        search(random_formula(rng, 30, 60, 3).clauses, range(1, 31), work=100)
    with pytest.raises(Undecided, match="more than 5 models"):
        list_models(((1, 2, 3),), (1, 2, 3), most=5)


def test_many_variables_are_counted_where_models_are_few() -> None:
    chain = [(-v, v + 1) for v in range(1, 60)]  # 61 models: from some variable on all are true
    assert count_models(Formula.of(60, chain)) == 61
    assert count_models(Formula.of(64, chain)) == 61 << 4  # four that do not occur
    assert count_models(Formula.of(64, chain), (1, 2, 64)) == 3 << 1


RIGHT = ["42", " 42 \n", "<answer>42</answer>", "<think>41</think>\n42", "```\n42\n```", "\t42\r\n"]
MALFORMED = [
    "042", "+42", "-42", "42.0", "4_2", "4 2", "42,", "0x2a", "4.2e1", "42 models", "The number is 42", "40 + 2", "42 or 41",
    "42\n42", "\u0664\u0662", "\uff14\uff12", "4\u00b2", "x" * 50, "42\x00", "forty-two", "[42]", "s mc 42", "1e400", "NaN",
]  # fmt: skip


@pytest.mark.parametrize("answer", RIGHT)
def test_the_exact_number_earns_one(answer: str) -> None:
    assert verigym.verify(task_for(42), answer).reward == 1.0


@pytest.mark.parametrize("answer", MALFORMED)
def test_anything_but_one_number_is_malformed(answer: str) -> None:
    verdict = verigym.verify(task_for(42), answer)
    assert (verdict.status, verdict.reward) == (Status.MALFORMED, 0.0)


@pytest.mark.parametrize(
    "answer", ["41", "43", "0", "420", "4", "1" * 4_000, "999999999999999999999999"]
)
def test_near_is_nothing(answer: str) -> None:
    verdict = verigym.verify(task_for(42), answer)
    assert (verdict.status, verdict.reward) == (Status.WRONG, 0.0)


@pytest.mark.parametrize("length", [4_001, 3_999_999, 10_000_000])
def test_endless_digits_cost_nothing(length: int) -> None:
    verdict = verigym.verify(task_for(42), "4" * length)
    assert (verdict.status, verdict.reward) == (Status.MALFORMED, 0.0)
    assert verdict.timings["total"] < 5


def test_counts_of_thousands_of_digits_are_compared() -> None:
    task = task_for(1 << 10_000)
    assert verigym.verify(task, str(1 << 10_000)).reward == 1.0
    assert verigym.verify(task, str((1 << 10_000) + 1)).reward == 0.0


@pytest.mark.parametrize("count", [None, -1, "42", 42.0, True])
def test_a_broken_spec_is_an_abstention(count: object) -> None:
    verdict = verigym.verify(task_for(count), "42")
    assert (verdict.status, verdict.reward) == (Status.VERIFIER_ERROR, None)


KNOBS = [
    {"n": 8},
    {},
    {"n": 10, "project": 5},
    {"n": 9, "k": 4},
    {"n": 12, "k": 2},
    {"n": 16, "ratio": 3.0, "project": 9},
]


@pytest.mark.parametrize("knobs", KNOBS)
def test_references_earn_one_and_null_answers_nothing(knobs: dict[str, Any]) -> None:
    family = verigym.family("sat/count", **knobs)
    tasks = family.tasks("validation", 8)
    seen = set()
    for task in tasks:
        formula, shown, count = formula_of(task), task.spec.get("shown"), task.spec["count"]
        assert len(shown or ()) == knobs.get("project", 0)
        if formula.variables <= 10:
            assert count == by_definition(formula, shown)
        assert verigym.verify(task, family.reference(task)).reward == 1.0
        nulls = family.null_answers(task)
        assert len(nulls) > 12
        for answer in [*nulls, *family.cheap_answers(task).values()]:
            assert verigym.verify(task, answer).reward == 0.0, answer
        for near in (count - 1, count + 1, 2 * count, count // 2):
            assert verigym.verify(task, str(near)).reward == 0.0
        seen.add(count)
    assert len(seen) > 3


def test_what_can_be_had_without_counting_is_not_posed() -> None:
    family = verigym.family("sat/count", n=8)
    reasons = {
        Formula(3, ((1,), (-1, 2))): "unit propagation alone",
        Formula(2, ((1,), (-1,))): "its count is 0",
        Formula(2, ((1, 2), (-1, -2), (1, -2), (-1, 2))): "its count, 0, can be had",
        Formula(4, ((1, 2), (3, 4))): "its count, 9, can be had",  # 16 * 3/4 * 3/4
        Formula(
            3, ((1, 2), (-1, -2), (2, 3), (-2, -3))
        ): "its count, 2, can be had",  # 8 * (3/4)^4, down
        Formula(5, ((1, 2, 3), (-1, -2, 4))): "its count, 24, can be had",  # 32 * 49/64, down
    }
    for formula, reason in reasons.items():
        assert reason in str(family.unfit(formula))
    fit = Formula(4, ((1, 2), (2, 3), (3, 4), (1, 3)))  # 7, and 5.06 are expected
    assert by_definition(fit, None) == count_models(fit)
    assert family.unfit(fit) is None


def test_expectations() -> None:
    assert expectation([(1, 2, 3), (1, -2, 3)], 5) == pytest.approx(32 * (7 / 8) ** 2)
    assert expectation([(1, 1), (2, -2)], 2) == 2  # a repeated literal, a tautology
    assert expectation([()], 9) == 0
    assert {0, 1, 4, 16} <= guesses(Formula(4, ((1, 2), (3, 4))), (1, 2))


def test_the_prompt_says_it_and_its_example_is_right() -> None:
    task = verigym.family("sat/count", n=8).sample()
    assert "the variables 1 to 8" in task.text
    example = Formula(3, ((1, 2), (-1, 2)))
    assert "<answer>4</answer>" in task.text
    assert by_definition(example, None) == 4
    shown = verigym.family("sat/count", n=8, project=5).sample(index=1)
    assert f"\n{projection.show_line(shown.spec['shown'])}\n" in shown.text
    assert "<answer>2</answer>" in shown.text
    assert by_definition(example, (2, 3)) == 2
    for one in (task, shown):
        assert "count" not in one.difficulty
        assert str(one.spec["count"]) not in one.text.split("p cnf")[0].replace("c p show", "").split()


@pytest.mark.parametrize("project", [-1, 1, 4, 5.0, True, "5"])
def test_wrong_knobs_are_named(project: object) -> None:
    with pytest.raises(FamilyError, match="project is"):
        verigym.family("sat/count", project=project)


def test_more_shown_than_there_are_is_an_error() -> None:
    with pytest.raises(FamilyError, match="project is 9, but a formula has 8 variables"):
        verigym.family("sat/count", n=8, project=9).sample()


def test_a_projection_that_shows_too_little_ends_with_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verigym.envs.sat.family.MAX_DRAWS", 15)
    with pytest.raises(FamilyError, match=r"none of 15 formulas .* project = 5: choose about half"):
        verigym.family("sat/count", n=12, ratio=0.4, project=5).sample()


@pytest.mark.parametrize("knobs", [{"level": 1}, {"n": 10, "project": 5}])
def test_no_number_is_right_for_many_tasks(knobs: dict[str, Any]) -> None:
    counts = Counter(
        task.spec["count"] for task in verigym.family("sat/count", **knobs).tasks("train", 100)
    )
    assert max(counts.values()) < 25
    assert len(counts) > 12


def test_projection_changes_the_stream_and_no_item_is_shared() -> None:
    plain = {task.spec["clauses"] for task in verigym.family("sat/count", n=9).tasks("train", 30)}
    shown = {
        task.spec["clauses"] for task in verigym.family("sat/count", n=9, project=5).tasks("train", 30)
    }
    assert len(plain | shown) == 60


SHOWN = {
    "c p show 1 3 0\n": (1, 3),
    "c p show 3 0\nc p show 1 0\n": (1, 3),
    "  c  p\tshow 3 1 3 0\r\n": (1, 3),
    "c p show 0\n": (),
    "c p shown 1 0\n": None,
    "c the variables p show 1 0\n": None,
    "c p\n": None,
    "": None,
}
BROKEN = {
    "c p show 1 3\n": "does not end with 0",
    "c p show\n": "does not end with 0",
    "c p show 5 0\n": "'5' is not a variable from 1 to 4",
    "c p show -1 0\n": "'-1' is not a variable",
    "c p show 01 0\n": "'01' is not a variable",
    "c p show 1 0 2 0\n": "'0' is not a variable",
    "c p show 1,2 0\n": "'1,2' is not a variable",
    "c p show 99999999999999999999 0\n": "is not a variable",
    "c p show \xb2 0\n": "is not a variable",
}


@pytest.mark.parametrize("line", SHOWN)
def test_comments_that_say_what_is_shown(line: str, tmp_path: Path) -> None:
    for content in (line + "p cnf 4 1\n1 2 0\n", "p cnf 4 1\n1 2 0\n" + line):
        path = tmp_path / "a.cnf"
        path.write_text(content)
        formula = projection.read(path)
        assert (formula.shown if isinstance(formula, Projected) else None) == SHOWN[line]
        assert formula.clauses == ((1, 2),)


@pytest.mark.parametrize("line", BROKEN)
def test_broken_comments_are_named(line: str, tmp_path: Path) -> None:
    path = tmp_path / "a.cnf"
    path.write_text("p cnf 4 1\n1 2 0\n" + line, encoding="utf-8")
    with pytest.raises(FormatError) as error:
        projection.read(path)
    assert BROKEN[line] in str(error.value)
    assert "a.cnf:3: " in str(error.value)


def test_loaded_formulas(tmp_path: Path) -> None:
    clauses = "1 2 0 -1 3 0 -2 -3 4 0 2 -4 5 0 -5 1 0"
    files = {
        "a.cnf": f"p cnf 6 5\n{clauses}\n",
        "b.cnf": f"c p show 1 2 4 6 0\np cnf 6 5\n{clauses}\n",
        "false.cnf": "p cnf 1 2\n1 0 -1 0\n",
        "units.cnf": "p cnf 5 1\n3 0\n",
        "wide.cnf": "p cnf 40 20\n" + "".join(f"{v} {v + 20} 0\n" for v in range(1, 21)),
    }
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    family = verigym.family("sat/count", data=tmp_path)
    assert {name: " ".join(reason.split()[:4]) for name, reason in family.skipped.items()} == {
        "false.cnf": "it is unsatisfiable: its",
        "units.cnf": "unit propagation alone counts",
        "wide.cnf": "more than 28 of",
    }
    plain, shown = family.tasks()
    assert plain.spec["count"] == by_definition(formula_of(plain), None)
    assert "shown" not in plain.spec
    assert shown.spec["shown"] == (1, 2, 4, 6)
    assert shown.spec["count"] == by_definition(formula_of(shown), (1, 2, 4, 6)) < plain.spec["count"]
    assert "c p show 1 2 4 6 0" in shown.text
    drawn = verigym.family("sat/count", data=tmp_path, project=5)
    sizes = {task.metadata["source"]: len(task.spec["shown"]) for task in drawn.tasks()}
    assert sizes.get("b.cnf") == 4  # what a file says goes before
    assert set(sizes.values()) <= {4, 5}
    for task in (plain, shown):
        assert verigym.verify(task, family.reference(task)).reward == 1.0
        for answer in family.null_answers(task):
            assert verigym.verify(task, answer).reward == 0.0


@pytest.mark.soak
def test_every_way_of_counting_is_exact_many_times() -> None:
    rng = random.Random(11)
    for _ in range(20_000):
        formula = any_formula(rng, 7, 18)
        shown = None if rng.randrange(3) == 0 else some_variables(rng, formula.variables)
        assert count_models.__wrapped__(formula, shown) == by_definition(formula, shown)
