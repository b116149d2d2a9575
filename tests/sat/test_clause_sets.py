"""sat/mcs and sat/mus: references, cheap answers, the reward rule, the grammar, and what is refused."""

from __future__ import annotations

import itertools
import random
from pathlib import Path
from typing import Any

import naive_subsets as naive
import pytest

import verigym
from verigym import Status, Task
from verigym.envs.sat.clause_sets import numbers_text, set_bits_text
from verigym.errors import FamilyError
from verigym.verifiers import search
from verigym.verifiers.cnf import Formula
from verigym.verifiers.sat import formula_of

NAMES = ("sat/mcs", "sat/mus")
EXAMPLE = Formula(2, ((1, 2), (-1,), (-2,), (1,), (2,)))


def task_of(name: str, formula: Formula, **spec: Any) -> Task:
    about = {"variables": formula.variables, "clauses": formula.clauses, "subset": name[4:]}
    plain = {"smallest": False, "target": 1, "floor": len(formula.clauses)}
    return Task(family=name, prompt="p", spec={**about, **plain, **spec})


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("knobs", "count"),
    [
        ({"n": 4, "ratio": 4}, 4), ({"n": 6}, 4), ({"n": 10}, 4), ({}, 2), ({"n": 22}, 2), ({"n": 50}, 1),
        ({"n": 9, "shape": "random"}, 3), ({"n": 8, "shape": "random", "k": 2}, 2),
        ({"n": 5, "smallest": True}, 4), ({"n": 9, "smallest": True}, 3), ({"n": 18, "smallest": True}, 1),
    ],
)  # fmt: skip
def test_references_earn_one_and_cheap_answers_nothing(
    name: str, knobs: dict[str, Any], count: int
) -> None:
    family = verigym.family(name, **knobs)
    cheap = 0.0
    for task in family.tasks("validation", count):
        text = family.reference(task)
        chosen = [int(word) for word in text.split()[:-1]]
        assert verigym.verify(task, text).reward == 1.0
        assert verigym.verify(task, set_bits_text(chosen, len(task.spec["clauses"]))).reward == 1.0
        nulls = family.null_answers(task)
        assert len(nulls) > 10
        assert task.text in nulls
        for answer in nulls:
            assert verigym.verify(task, answer).reward == 0.0, answer
        for policy, answer in family.cheap_answers(task).items():
            reward = verigym.verify(task, answer).reward
            if policy not in type(family).searching and policy != "random bits":
                assert reward == 0.0, policy
            else:
                assert reward in (0.0, 1.0), policy
                cheap += reward
        assert verigym.verify(task, family.random_answer(task, 1)).status is not Status.MALFORMED
    if knobs.get("smallest") and knobs["n"] >= 8:
        assert cheap == 0.0


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("smallest", [False, True])
def test_rewards_follow_the_rule(name: str, smallest: bool) -> None:
    """All sets of a formula small enough, and near ones of larger formulas."""
    judge = naive.is_mcs if name == "sat/mcs" else naive.is_mus
    holds = naive.is_correction if name == "sat/mcs" else naive.is_core
    least = naive.smallest(EXAMPLE, name[4:])
    for floor, target in itertools.product((3, 4, 5), (least, least + 1)):
        if smallest and target != least:
            continue
        task = task_of(name, EXAMPLE, smallest=smallest, target=target, floor=floor)
        for bits in itertools.product("01", repeat=5):
            chosen = {i for i, bit in enumerate(bits, 1) if bit == "1"}
            verdict = verigym.verify(task, "".join(bits))
            right = (
                holds(EXAMPLE, chosen) and len(chosen) == least if smallest else judge(EXAMPLE, chosen)
            )
            expected = 0.0
            if right:
                expected = 1.0
            elif holds(EXAMPLE, chosen) and floor - target >= 2:
                expected = 0.5 * min(max((floor - len(chosen)) / (floor - target), 0), 1)
            assert verdict.reward == expected, (bits, verdict)
            assert verigym.verify(task, numbers_text(chosen)).reward == verdict.reward


@pytest.mark.parametrize("name", NAMES)
def test_near_misses_of_references(name: str) -> None:
    judge = naive.is_mcs if name == "sat/mcs" else naive.is_mus
    rng = random.Random(3)
    family = verigym.family(name, n=6)
    verdicts = []
    for task in family.tasks("train", 8):
        formula = formula_of(task)
        right = {int(word) for word in family.reference(task).split()[:-1]}
        for _ in range(8):
            near = right ^ {rng.randrange(len(formula.clauses)) + 1 for _ in range(rng.randrange(1, 3))}
            verdict = verigym.verify(task, numbers_text(near))
            assert verdict.correct == judge(formula, near)
            verdicts.append(verdict.status)
    assert {Status.WRONG, Status.PARTIAL} <= set(verdicts) or name == "sat/mcs"


@pytest.mark.parametrize("name", NAMES)
def test_another_tasks_answer_earns_nothing_unless_it_is_right(name: str) -> None:
    judge = naive.is_mcs if name == "sat/mcs" else naive.is_mus
    family = verigym.family(name, n=7)
    tasks = family.tasks("train", 10)
    for task, other in itertools.pairwise(tasks):
        answer = family.reference(other)
        chosen = {int(word) for word in answer.split()[:-1]}
        assert verigym.verify(task, answer).correct == judge(formula_of(task), chosen)


ACCEPTED = [
    "2 4 0",
    "2 4",
    "4 2 0",
    "01010",
    " 01010\n",
    "2\n4\n0",
    "<answer>2 4 0</answer>",
    "```\n01010\n```",
]
MALFORMED = [
    *(
        "2 4 0 0",
        "2 2 4 0",
        "0 2 4",
        "+2 4",
        "02 4",
        "2, 4",
        "{2, 4}",
        "[2, 4]",
        "2 6 0",
        "-2 4 0",
        "2 4 6",
    ),
    *(
        "0101",
        "010100",
        "0 1 0 1 0",
        "01010 0",
        "2 4 0\n2 4 0",
        "\u0662 \u0664 0",
        "2 4 zero",
        "v 2 4 0",
    ),
    *(
        "clauses 2 and 4",
        "2 4 or 3 5",
        "01010 or 00101",
        "2.0 4",
        "1e0",
        "99999999999999999999 0",
        "2 4\x00",
    ),
]


@pytest.mark.parametrize("answer", ACCEPTED)
def test_the_grammar_takes(answer: str) -> None:
    assert verigym.verify(task_of("sat/mus", EXAMPLE), answer).correct


@pytest.mark.parametrize("answer", MALFORMED)
@pytest.mark.parametrize("name", NAMES)
def test_the_grammar_refuses(answer: str, name: str) -> None:
    verdict = verigym.verify(task_of(name, EXAMPLE), answer)
    assert (verdict.status, verdict.reward) == (Status.MALFORMED, 0.0)
    assert verdict.feedback


def test_a_formula_of_one_clause_has_one_reading() -> None:
    empty = Formula(1, ((),))
    for name in NAMES:
        task = task_of(name, empty)
        assert verigym.verify(task, "1").correct
        assert verigym.verify(task, "1 0").correct
        assert verigym.verify(task, "0").reward == 0.0


@pytest.mark.parametrize(
    "answer", ["1" * 500_000, "1 " * 300_000, "\n" * 100_000 + "x", "1\n" * 100_000]
)
def test_hostile_answers_are_quick(answer: str) -> None:
    assert verigym.verify(task_of("sat/mus", EXAMPLE), answer).status is Status.MALFORMED


@pytest.mark.parametrize(
    "spec",
    [
        {"subset": "mcs"}, {"subset": None}, {"smallest": None}, {"smallest": 1}, {"target": 0},
        {"target": 6}, {"target": True}, {"floor": 0}, {"floor": 6}, {"floor": None}, {"clauses": 3},
        {"smallest": True, "target": 3},
    ],
)  # fmt: skip
def test_a_spec_that_cannot_be_is_an_abstention(spec: dict[str, Any]) -> None:
    task = task_of("sat/mus", EXAMPLE, **spec)
    assert verigym.verify(task, "2 4 0").status is Status.VERIFIER_ERROR


@pytest.mark.parametrize("name", NAMES)
def test_running_out_of_budget_is_no_reward(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def out(*args: Any) -> None:
        raise search.OutOfBudget("the conflicts are used up")

    family = verigym.family(name, n=20)
    task = family.sample()
    text = family.reference(task)
    monkeypatch.setattr(search, "run", out)
    verdict = verigym.verify(task, text)
    assert (verdict.status, verdict.reward) == (Status.BUDGET, 0.0)
    with pytest.raises(FamilyError, match="too hard to check"):
        family.reference(task)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("smallest", [False, True])
def test_the_examples_of_the_prompt_are_right(name: str, smallest: bool) -> None:
    prompt = verigym.family(name, n=6, smallest=smallest).sample().text
    assert "the clauses `1 2`, `-1`, `-2`, `1` and `2`" in prompt
    least = naive.smallest(EXAMPLE, name[4:])
    task = task_of(name, EXAMPLE, smallest=smallest, target=least)
    examples = [x.split("</answer>")[0] for x in prompt.split("<answer>")[2:]]
    assert len(examples) >= 2
    assert all(verigym.verify(task, example).correct for example in examples)


@pytest.mark.parametrize("name", NAMES)
def test_files(name: str, data: Path, tmp_path: Path) -> None:
    with pytest.raises(FamilyError, match="satisfiable"):
        verigym.family(name, data=str(_satisfiable(tmp_path)))
    family = verigym.family(name, data=str(data / "dimacs" / "ph2.cnf"), smallest=True)
    task = family.sample("test")
    assert verigym.verify(task, family.reference(task)).correct
    family = verigym.family(name, data=str(data / "dimacs" / "add4.cnf"))
    task = family.sample("test")
    assert verigym.verify(task, family.reference(task)).correct


def _satisfiable(folder: Path) -> Path:
    (folder / "a.cnf").write_text("p cnf 1 1\n1 0\n")
    return folder / "a.cnf"


def test_every_format_poses_the_same_formula() -> None:
    from verigym.envs.sat.formats import FORMATS

    specs = {verigym.family("sat/mus", n=6, format=name).sample().spec["clauses"] for name in FORMATS}
    assert len(specs) == 1


def test_knobs_that_cannot_be() -> None:
    with pytest.raises(FamilyError, match="smallest is 1"):
        verigym.family("sat/mus", smallest=1)
    with pytest.raises(FamilyError, match="choose a higher ratio"):
        verigym.family("sat/mcs", n=30, ratio=0.5).sample()
