"""sat/equivalent: the same models, decided exactly, at a smaller size."""

from __future__ import annotations

import itertools
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from refused import refused_quickly

import verigym
from verigym import Status, Task
from verigym.envs.sat import minimise as minimising
from verigym.envs.sat.minimise import cheap, minimise
from verigym.envs.sat.redundancy import inject
from verigym.errors import FamilyError
from verigym.verifiers import dimacs, equivalent, search
from verigym.verifiers.cnf import Formula
from verigym.verifiers.equivalent import given_of


def naive_models(formula: Formula) -> set[tuple[bool, ...]]:
    return {
        values
        for values in itertools.product((False, True), repeat=formula.variables)
        if all(any(values[abs(x) - 1] == (x > 0) for x in clause) for clause in formula.clauses)
    }


@st.composite
def formulas(draw: st.DrawFn, n: int = 4, most: int = 9, least: int = 0) -> Formula:
    literals = st.sampled_from([sign * v for v in range(1, n + 1) for sign in (1, -1)])
    clause = st.lists(literals, min_size=least, max_size=4).map(tuple)
    return Formula(n, tuple(draw(st.lists(clause, max_size=most))))


@settings(deadline=None, max_examples=200)
@given(formulas(), formulas(), st.booleans())
def test_equivalence_agrees_with_trying_everything(one: Formula, two: Formula, same: bool) -> None:
    """By tables, and by the solver that takes over where tables grow too large."""
    if same:
        two = cheap(one)
    a, b = naive_models(one), naive_models(two)
    expected = None if a == b else "more" if b - a else "fewer"
    assert equivalent.different(one, two) == expected
    assert equivalent.compare({"given": one.clauses, "formula": two.clauses}) == expected
    assert expected is None or not same


@settings(deadline=None, max_examples=120)
@given(formulas())
def test_simplifying_and_minimising_keep_the_models(formula: Formula) -> None:
    models = naive_models(formula)
    assert naive_models(cheap(formula)) == models
    assert cheap(formula).size <= max(formula.size, 1)
    small = minimise(formula)
    assert naive_models(small) == models
    assert small.size <= cheap(formula).size
    rng = random.Random(1)
    clauses = [frozenset(clause) for clause in cheap(formula).clauses]
    by_solver = Formula.of(4, minimising._by_solver(rng, clauses))
    assert naive_models(by_solver) == models
    for found in (small, by_solver):
        for i, clause in enumerate(found.clauses):  # nothing can be left out
            rest = found.clauses[:i] + found.clauses[i + 1 :]
            assert naive_models(Formula(4, rest)) != models
            for literal in clause:
                shorter = tuple(x for x in clause if x != literal)
                assert naive_models(Formula(4, (*rest, shorter))) != models


@settings(deadline=None, max_examples=150)
@given(formulas(n=5, least=1), st.integers(0, 2**32), st.integers(0, 20))
def test_redundancy_keeps_the_models(formula: Formula, seed: int, changes: int) -> None:
    if not formula.clauses or any(-x in c for c in formula.clauses for x in c):
        return
    longer = inject(random.Random(seed), formula, changes)
    assert naive_models(longer) == naive_models(formula)
    assert len(set(map(frozenset, longer.clauses))) == len(longer.clauses)


@pytest.mark.parametrize(
    "knobs", [{"level": 1}, {"level": 2}, {"level": 3}, {"n": 18}, {"k": 2, "n": 9}]
)
def test_references_earn_one_and_cheap_answers_nothing(knobs: dict[str, Any]) -> None:
    family = verigym.family("sat/equivalent", **knobs)
    tasks = family.tasks("validation", 6)
    references = [family.reference(task) for task in tasks]
    for task, right in zip(tasks, references, strict=True):
        verdict = verigym.verify(task, right)
        assert verdict.reward == 1.0
        assert verdict.evidence["size"] == task.spec["target"]
        assert task.spec["floor"] - task.spec["target"] >= 4
        assert f"at most {task.spec['target']}." in task.text
        answers = [*family.null_answers(task), *family.cheap_answers(task).values()]
        answers += [x for x in references if x != right]
        for answer in answers:
            assert verigym.verify(task, answer).reward == 0.0, answer


FAMILY = verigym.family("sat/equivalent", n=6)
TASKS = FAMILY.tasks("train", 5)


@settings(deadline=None, max_examples=200)
@given(st.integers(0, 4), st.data())
def test_damaged_answers_are_judged_exactly(index: int, data: st.DataObject) -> None:
    """Flip or drop a literal, drop or add a clause, of the reference, the simplified or the given."""
    task = TASKS[index]
    given = given_of(task)
    base = data.draw(st.sampled_from([given, cheap(given), minimise(given)]))
    clauses = [list(clause) for clause in base.clauses]
    for _ in range(data.draw(st.integers(0, 2))):
        i = data.draw(st.integers(0, len(clauses) - 1))
        what = data.draw(st.sampled_from(["flip", "drop", "remove", "add"]))
        if what == "remove":
            del clauses[i]
        elif what == "add":
            clauses.append(list(data.draw(st.sampled_from(given.clauses))))
        elif clauses[i]:
            clauses[i][:1] = [-clauses[i][0]] if what == "flip" else []
    changed = Formula.of(6, clauses)
    verdict = verigym.verify(task, dimacs.write(changed))
    size = sum(map(len, clauses)) + len(clauses)
    target, floor = task.spec["target"], task.spec["floor"]
    if naive_models(changed) != naive_models(given):
        assert verdict.reward == 0.0
    elif size <= target:
        assert verdict.reward == 1.0
    else:
        assert verdict.reward == pytest.approx(0.5 * max(0.0, (floor - size) / (floor - target)))


def test_what_lies_between_earns_in_proportion() -> None:
    """From the reference back to the given clauses, one clause at a time."""
    seen = set()
    for task in TASKS:
        given, clauses = given_of(task), list(minimise(given_of(task)).clauses)
        rewards = []
        for clause in sorted(given.clauses, key=len, reverse=True):
            clauses.append(clause)
            verdict = verigym.verify(task, dimacs.write(Formula.of(6, clauses)))
            rewards.append(verdict.reward or 0.0)
            seen.add(verdict.status)
        assert rewards == sorted(rewards, reverse=True)
        assert max(rewards) < 0.5
    assert seen == {Status.PARTIAL, Status.WRONG}


HOSTILE = {
    "fewer variables": "p cnf 5 1\n1 0",
    "more variables": "p cnf 7 0",
    "the header lies": "p cnf 6 3\n1 0\n2 0",
    "two formulas": "p cnf 6 1\n1 0\np cnf 6 1\n-1 0",
    "plus": "p cnf 6 1\n+1 0",
    "prose": "Here: p cnf 6 1\n1 0",
    "a million variables": "p cnf 1000000 1\n1000000 0",
    "tautologies": "p cnf 6 2\n1 -1 0\n2 -2 0",
    "the empty clause": "p cnf 6 1\n0",
    "many clauses": "p cnf 6 900000\n" + "1 0\n" * 900_000,
    "long": "c " + "x" * 3_000_000 + "\np cnf 6 0",
    "binary": "\x00\xff" * 1000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_answers_earn_nothing_quickly(name: str) -> None:
    refused_quickly(TASKS[:2], HOSTILE[name])


def test_a_search_without_end_is_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(*_: Any) -> None:
        raise search.OutOfBudget("the conflicts are used up")

    task = verigym.family("sat/equivalent", n=18).sample()
    monkeypatch.setattr(search, "run", exhausted)
    verdict = verigym.verify(task, f"p cnf 18 {1}\n1 0")
    assert (verdict.status, verdict.reward) == (Status.BUDGET, 0.0)


@pytest.mark.parametrize(
    "change",
    [{"variables": 1}, {"variables": None}, {"formula": "1 0"}, {"formula": [[1.5]]},
     {"target": -1}, {"target": None}, {"floor": True}, {"floor": 10**6}],
)  # fmt: skip
def test_a_broken_spec_is_an_abstention(change: dict[str, Any]) -> None:
    spec = {**TASKS[0].spec, **change}
    verdict = verigym.verify(Task(family="sat/equivalent", prompt="p", spec=spec), "p cnf 6 0")
    assert verdict.status is Status.VERIFIER_ERROR


def test_published_formulas_can_be_asked_about(data: Path, tmp_path: Path) -> None:
    family = verigym.family("sat/equivalent", data=str(data / "dimacs"))
    assert family.size()
    for task in family.tasks("test", 3):
        assert verigym.verify(task, family.reference(task)).correct
    (tmp_path / "small.cnf").write_text("p cnf 2 1\n1 2 0\n")
    with pytest.raises(FamilyError, match="nearly nothing to do"):
        verigym.family("sat/equivalent", data=str(tmp_path / "small.cnf"))
    (tmp_path / "none.cnf").write_text("p cnf 1 2\n1 0\n-1 0\n")
    with pytest.raises(FamilyError, match="constant"):
        verigym.family("sat/equivalent", data=str(tmp_path / "none.cnf"))


@pytest.mark.parametrize(
    ("knobs", "said"),
    [({"redundancy": 0}, "redundancy is 0"), ({"redundancy": 9}, "redundancy is 9"),
     ({"n": 200}, "200 variables; sat/equivalent takes at most 100"),
     ({"n": 8, "ratio": 0.2}, "fit for sat/equivalent"), ({"n": 1}, "n is 1")],
)  # fmt: skip
def test_knobs_out_of_range_are_named(
    knobs: dict[str, Any], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("verigym.envs.sat.family.MAX_DRAWS", 3)
    with pytest.raises(FamilyError, match=said):
        verigym.family("sat/equivalent", **knobs).sample()


def test_the_example_in_the_prompt_is_right() -> None:
    spec = {"variables": 2, "formula": [[1, 2], [1, -2]], "target": 2, "floor": 6}
    task = Task(family="sat/equivalent", prompt="p", spec=spec)
    example = TASKS[0].text.split("<answer>")[-1].split("</answer>")[0]
    assert verigym.verify(task, f"<answer>{example}</answer>").correct


@pytest.mark.parametrize("drop", [1, 2])
def test_leaving_clauses_out_at_random_earns_nothing(drop: int) -> None:
    rng = random.Random(drop)
    for task in TASKS:
        simple = cheap(given_of(task)).clauses
        for _ in range(40):
            kept = sorted(rng.sample(range(len(simple)), len(simple) - drop))
            answer = dimacs.write(Formula(6, tuple(simple[i] for i in kept)))
            assert verigym.verify(task, answer).reward == 0.0


@pytest.mark.soak
@pytest.mark.parametrize(
    ("test", "strategies"),
    [
        (test_equivalence_agrees_with_trying_everything, (formulas(), formulas(), st.booleans())),
        (test_simplifying_and_minimising_keep_the_models, (formulas(),)),
        (test_damaged_answers_are_judged_exactly, (st.integers(0, 4), st.data())),
    ],
)
def test_at_length(test: Any, strategies: tuple[Any, ...]) -> None:
    longer: Any = settings(deadline=None, max_examples=4_000)
    given_those: Any = given(*strategies)
    longer(given_those(test.hypothesis.inner_test))()
