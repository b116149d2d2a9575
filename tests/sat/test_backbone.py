"""sat/backbone: found as by trying every assignment, compared as sets, and nothing is paid for luck."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from formulas import random_formula
from hypothesis import given, settings
from hypothesis import strategies as st
from small_formulas import all_models, any_formula, some_literals

import verigym
from verigym import Status, Task
from verigym.envs.sat import backbones, solver
from verigym.envs.sat.backbones import all_at_once, backbone, by_table, one_at_a_time
from verigym.errors import FamilyError, VerigymError
from verigym.verifiers.cnf import Formula
from verigym.verifiers.literal_lists import read_literals
from verigym.verifiers.sat import formula_of
from verigym.verifiers.sat_answers import Malformed


def task_for(variables: int, literals: Any, floor: Any = 0, **more: Any) -> Task:
    spec = {"variables": variables, "backbone": literals, "floor": floor, **more}
    return Task(family="sat/backbone", prompt="p", spec=spec)


def text(literals: Any) -> str:
    return " ".join(map(str, (*literals, 0)))


@given(st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_three_methods_find_what_holds_in_every_model(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(20):
        formula = any_formula(rng)
        models = all_models(formula)
        expected = tuple(sorted(frozenset.intersection(*models), key=abs)) if models else None
        assert one_at_a_time(formula) == all_at_once(formula) == by_table(formula) == expected
        assert backbone(formula) == expected


def test_the_methods_agree_on_larger_formulas() -> None:
    rng = random.Random(5)
    found = 0
    for n in (24, 40, 60):
        for _ in range(8):
            formula = random_formula(rng, n, round(4.0 * n), 3)
            literals = one_at_a_time(formula)
            assert literals == all_at_once(formula) == backbone(formula)
            found += bool(literals)
    assert found > 5


def test_methods_that_disagree_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backbones, "by_table", lambda formula: (1,))
    with pytest.raises(VerigymError, match="disagree"):
        backbone(Formula(3, ((1, 2), (-1, 2), (3, 1, 2))))


def test_a_search_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    formula = random_formula(random.Random(1), 120, 490, 3)
    monkeypatch.setattr(backbones, "CONFLICTS", 20)
    for method in (one_at_a_time, all_at_once):
        with pytest.raises(solver.Undecided):
            method(formula)


@given(st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_only_the_backbone_is_right(seed: int) -> None:
    """Any list of literals against the definition; the floor is 0, so the score shows as it is."""
    rng = random.Random(seed)
    for _ in range(20):
        formula = any_formula(rng)
        models = all_models(formula)
        if not models:
            continue
        truth = frozenset.intersection(*models)
        task = task_for(formula.variables, tuple(truth))
        some = some_literals(rng, formula.variables)
        kept = [x for x in truth if rng.randrange(4)]
        near = [*kept, *(x for x in some if abs(x) not in set(map(abs, kept)))]
        for listed in (tuple(truth), some, kept, near):
            judge_list(task, listed, truth)


def judge_list(task: Task, listed: Any, truth: frozenset[int]) -> None:
    verdict = verigym.verify(task, text(listed))
    score = sum(1 if x in truth else -1 for x in listed)
    assert verdict.correct == (set(listed) == truth)
    if verdict.correct:
        assert verdict.reward == 1.0
    elif score > 0 and len(truth) >= 2:
        assert verdict.reward == 0.5 * score / len(truth)
    else:
        assert verdict.reward == 0.0


def test_the_reward_begins_at_the_floor() -> None:
    task = task_for(9, (1, -2, 3, 4, 5), 2)
    rewards = {
        "1 -2 3 4 5 0": 1.0,
        "5 4 3 -2 1": 1.0,
        "v 5 4\nv 3 -2\nv 1 0\n": 1.0,
        "1 -2 3 4 0": 0.5 * 2 / 3,
        "1 -2 3 0": 0.5 * 1 / 3,
        "1 -2 0": 0.0,
        "0": 0.0,
        "1 -2 3 4 5 6 0": 0.5 * 2 / 3,  # one too many
        "1 -2 3 4 -5 0": 0.5 * 1 / 3,
        "-1 2 -3 -4 -5 0": 0.0,
    }
    for answer, reward in rewards.items():
        assert verigym.verify(task, answer).reward == pytest.approx(reward), answer
    near = task_for(9, (1, -2, 3, 4, 5), 4)  # nothing where the floor comes within one
    assert verigym.verify(near, "1 -2 3 4 0").reward == 0.0
    assert verigym.verify(near, "1 -2 3 4 5 0").reward == 1.0
    assert verigym.verify(task_for(3, ()), "0").reward == 1.0
    assert verigym.verify(task_for(3, ()), "1 0").reward == 0.0


READ = {
    "1 -2 0": (1, -2),
    "1 -2": (1, -2),
    "-2 1": (-2, 1),
    "v 1\nv -2 0": (1, -2),
    "\t1\r\n-2 0 \n": (1, -2),
    "0": (),
    "v 0": (),
    "3": (3,),
}
NOT_READ = {
    "": "holds no literal",
    "v": "holds no literal",
    "1 2 0 0": "0 stands before the end",
    "0 1": "0 stands before the end",
    "1 0 2": "0 stands before the end",
    "1 0\n2 0": "0 stands before the end",
    "1 1 0": "Variable 1 is given twice",
    "1 -1 0": "Variable 1 is both true and false",
    "4 0": "'4' is not a literal",
    "-4 0": "'-4' is not a literal",
    "+1 0": "holds only literals",
    "01 0": "'01' is not a literal",
    "-0": "'-0' is not a literal",
    "--1 0": "'--1' is not a literal",
    "1- 0": "'1-' is not a literal",
    "1, 2": "holds only literals",
    "{1, 2}": "holds only literals",
    "1.0": "holds only literals",
    "1_0": "holds only literals",
    "1e0": "holds only literals",
    "x1": "holds only literals",
    "s SATISFIABLE\n1 0": "holds only literals",
    "\u0661 0": "holds only literals",
    "\u22121 0": "holds only literals",
    "1\u00a02 0": "holds only literals",
    "1 v 2": "'v' is not a literal",
    "v v 1": "'v' is not a literal",
    "1 or 2": "holds only literals",
    "1 0 # the rest": "holds only literals",
    "9" * 5_000: "'99999999999999999999'... is not a literal",
}


@pytest.mark.parametrize("answer", READ)
def test_lists_of_literals(answer: str) -> None:
    assert read_literals(answer, 3) == READ[answer]


@pytest.mark.parametrize("answer", NOT_READ)
def test_no_lists_of_literals(answer: str) -> None:
    with pytest.raises(Malformed) as error:
        read_literals(answer, 3)
    assert NOT_READ[answer] in str(error.value)
    assert len(str(error.value)) < 200


@pytest.mark.parametrize(
    "knobs",
    [
        {"n": 8, "hidden": 2},
        {},
        {"n": 24, "hidden": 6},
        {"n": 14, "k": 4},
        {"n": 14, "k": 2, "hidden": 1},
    ],
)
def test_references_earn_one_and_null_answers_nothing(knobs: dict[str, Any]) -> None:
    family = verigym.family("sat/backbone", **knobs)
    tasks = family.tasks("validation", 12)
    for task, other in zip(tasks, tasks[1:] + tasks[:1], strict=True):
        literals = task.spec["backbone"]
        assert verigym.verify(task, family.reference(task)).reward == 1.0
        assert (
            verigym.verify(task, family.reference(other)).reward < 1.0
            or literals == other.spec["backbone"]
        )
        nulls = family.null_answers(task)
        assert len(nulls) > 15
        for answer in [*nulls, *family.cheap_answers(task).values()]:
            assert verigym.verify(task, answer).reward == 0.0, answer
        assert task.spec["floor"] >= max(1, 2 * len(literals) - task.spec["variables"])
        assert len(literals) <= task.spec["variables"] - 2
        hidden = knobs.get("hidden", 3)
        assert len(literals) >= hidden
        for i in range(len(literals)):
            dropped = literals[:i] + literals[i + 1 :]
            assert verigym.verify(task, text(dropped)).reward <= 0.5
            flipped = [*dropped, -literals[i]]
            assert verigym.verify(task, text(flipped)).reward <= 0.5


def test_no_list_that_a_model_begins_with_beats_the_floor_by_its_length() -> None:
    """Every model of a formula, whichever it is: all its literals together earn nothing."""
    family = verigym.family("sat/backbone", n=10, hidden=2)
    for task in family.tasks("train", 15):
        for model in all_models(formula_of(task))[:40]:
            assert verigym.verify(task, text(sorted(model, key=abs))).reward == 0.0


def test_the_prompt_says_it_and_its_example_is_right() -> None:
    task = verigym.family("sat/backbone", n=8, hidden=2).sample()
    assert "p cnf 8 32\n" in task.text
    assert "<answer>2 0</answer>" in task.text
    models = all_models(Formula(3, ((1, 2), (-1, 2))))
    assert frozenset.intersection(*models) == {2}
    shown = task.text.split("```cnf")[0]
    assert text(task.spec["backbone"]) not in shown
    assert task.difficulty["hidden"] == 2


@pytest.mark.parametrize("hidden", [0, -1, 1.0, True, "3", 1_001])
def test_wrong_knobs_are_named(hidden: object) -> None:
    with pytest.raises(FamilyError, match="hidden is"):
        verigym.family("sat/backbone", hidden=hidden)


def test_a_size_that_no_formula_has_ends_with_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verigym.envs.sat.family.MAX_DRAWS", 15)
    with pytest.raises(FamilyError, match=r"none of 15 formulas .* it needs hidden = 7: choose less"):
        verigym.family("sat/backbone", n=8, hidden=7).sample()


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"variables": 2, "backbone": [1]},
        {"variables": 2, "backbone": [1, 3], "floor": 0},
        {"variables": 2, "backbone": [1, 1], "floor": 0},
        {"variables": 2, "backbone": [1, -1], "floor": 0},
        {"variables": 2, "backbone": "1", "floor": 0},
        {"variables": 2, "backbone": [True], "floor": 0},
        {"variables": 2, "backbone": [1], "floor": 2},
        {"variables": 2, "backbone": [1], "floor": -1},
        {"variables": 10**9, "backbone": [1], "floor": 0},
    ],
)
def test_a_broken_spec_is_an_abstention(spec: dict[str, Any]) -> None:
    verdict = verigym.verify(Task(family="sat/backbone", prompt="p", spec=spec), "1 0")
    assert (verdict.status, verdict.reward) == (Status.VERIFIER_ERROR, None)


@pytest.mark.parametrize("answer", ["1 " * 1_900_000, "9" * 3_900_000, "-" * 3_000_000, "v\n" * 300_000, "0" * 10_000_000,
                                    "\x00" * 100_000, "\ud800 1 0"])  # fmt: skip
def test_enormous_and_binary_answers_are_refused_quickly(answer: str) -> None:
    verdict = verigym.verify(task_for(9, (1, -2, 3)), answer)
    assert verdict.reward == 0.0
    assert verdict.timings["total"] < 10


def test_loaded_formulas(tmp_path: Path) -> None:
    files = {
        "a.cnf": "p cnf 6 6\n1 2 0\n-1 2 0\n-2 3 4 0\n-2 3 -4 0\n-2 -3 5 6 0\n-3 -2 5 -6 0\n",
        "units.cnf": "p cnf 3 2\n1 0\n-1 2 0\n",
        "one.cnf": "p cnf 2 3\n1 2 0\n-1 2 0\n1 -2 0\n",
        "none.cnf": "p cnf 2 1\n1 2 0\n",
        "unsat.cnf": "p cnf 1 2\n1 0 -1 0\n",
    }
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    family = verigym.family("sat/backbone", data=tmp_path)
    reasons = {name: reason.split()[1:4] for name, reason in family.skipped.items()}
    assert set(reasons) == {"units.cnf", "one.cnf", "none.cnf", "unsat.cnf"}
    (task,) = family.tasks()
    assert task.spec["backbone"] == (2, 3, 5)
    assert task.metadata["source"] == "a.cnf"
    assert verigym.verify(task, "3 2 5 0").reward == 1.0
    for answer in family.null_answers(task):
        assert verigym.verify(task, answer).reward == 0.0
    with pytest.raises(FamilyError, match="its backbone has 0 literals"):
        verigym.family("sat/backbone", data=tmp_path / "none.cnf")
    with pytest.raises(FamilyError, match="data or hidden, not both"):
        verigym.family("sat/backbone", data=tmp_path, hidden=2)


@pytest.mark.soak
def test_three_methods_agree_many_times() -> None:
    rng = random.Random(12)
    for _ in range(20_000):
        formula = any_formula(rng, 7, 18)
        models = all_models(formula)
        expected = tuple(sorted(frozenset.intersection(*models), key=abs)) if models else None
        assert one_at_a_time(formula) == all_at_once(formula) == by_table(formula) == expected
