"""sat/solve and sat/decide: references earn 1, null answers 0, and between them lies the rule."""

from __future__ import annotations

import pytest

import verigym
from verigym import Status, Task
from verigym.envs.sat.bank import constants
from verigym.envs.sat.solver import find_model
from verigym.errors import FamilyError
from verigym.verifiers.sat import formula_of

FAMILIES = ("sat/solve", "sat/decide")


def is_satisfiable(task: Task) -> bool:
    return find_model(formula_of(task)) is not None


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize(
    ("knobs", "count"),
    [
        ({"n": 6, "ratio": 3}, 60),
        ({"n": 10}, 60),
        ({}, 60),
        ({"n": 30}, 40),
        ({"n": 16, "k": 2}, 20),
        ({"n": 12, "k": 4}, 20),
        ({"n": 9, "k": 5}, 10),
        ({"n": 100}, 4),
    ],
)
def test_references_earn_one_and_null_answers_nothing(name: str, knobs: dict, count: int) -> None:  # type: ignore[type-arg]
    family = verigym.family(name, **knobs)
    kinds = set()
    for task in family.tasks("validation", count):
        verdict = verigym.verify(task, family.reference(task))
        assert verdict.reward == 1.0, verdict
        kinds.add(verdict.evidence.get("kind"))
        nulls = family.null_answers(task)
        assert len(nulls) > 10
        assert "" in nulls
        assert task.text in nulls
        for answer in nulls:
            verdict = verigym.verify(task, answer)
            assert verdict.reward == 0.0, (answer, verdict)
            assert verdict.feedback
        assert verigym.verify(task, family.random_answer(task, 3)).status in (
            Status.WRONG,
            Status.CORRECT,
            Status.PARTIAL,
        )
        assert family.random_answer(task, 3) == family.random_answer(task, 3)
    if name == "sat/decide" and count >= 10:
        assert kinds == {"model", "refutation"}


@pytest.mark.parametrize("name", FAMILIES)
def test_generated_nulls_hold_the_constants(name: str) -> None:
    """Tasks that a constant solves are drawn again, so no null answer has to be left out."""
    family = verigym.family(name, n=8)
    counts = set()
    for task in family.tasks("train", 60):
        formula = formula_of(task)
        assert all(formula.satisfied(m) < len(formula.clauses) for m in constants(formula))
        nulls = family.null_answers(task)
        zeros = " ".join(str(-v) for v in range(1, 9)) + " 0"
        assert (zeros if name == "sat/solve" else "v " + zeros) in nulls
        assert "0" * 8 in nulls
        assert "1" * 8 in nulls
        counts.add(len(nulls))
    assert min(counts) >= 12


@pytest.mark.parametrize("name", FAMILIES)
def test_another_tasks_answer_earns_nothing(name: str) -> None:
    family = verigym.family(name, n=25)
    tasks = family.tasks("train", 40)
    answers = [family.reference(task) for task in tasks]
    for task, answer in zip(tasks[1:], answers, strict=False):
        assert verigym.verify(task, answer).reward == 0.0


def test_a_model_in_every_notation() -> None:
    family = verigym.family("sat/solve", n=15)
    task = family.sample()
    text = family.reference(task)
    literals = [int(word) for word in text.split()[:-1]]
    bits = "".join("1" if literal > 0 else "0" for literal in literals)
    for answer in (
        text,
        "v " + text,
        bits,
        f"s SATISFIABLE\nv {text}",
        f"<think>0 1</think>So:\n<answer>\n{bits}\n</answer>",
        f"```\n{text}\n```",
    ):
        assert verigym.verify(task, answer).correct, answer
    for answer in (
        "The answer is " + text,
        f"<think>{text}",
        f"{text}\n{text}",
        bits[:-1],
        bits + "0",
        bits.replace("1", "\u0661"),
        text.replace(" 0", " +0"),
    ):
        assert verigym.verify(task, answer).reward == 0.0, answer


def reward_rule(task: Task, satisfied: int) -> float:
    """The stated rule, written down once more."""
    total, baseline = len(task.spec["clauses"]), task.spec["baseline"]
    if satisfied == total:
        return 1.0
    if total - baseline < 2 or satisfied <= baseline:
        return 0.0
    return 0.5 * (satisfied - baseline) / (total - baseline)


def test_partial_rewards_follow_the_rule() -> None:
    """Walk from the model away, one variable at a time, and see every part of the scale."""
    family = verigym.family("sat/solve", n=60)
    seen = set()
    for task in family.tasks("test", 12):
        formula = formula_of(task)
        model = list(find_model(formula) or ())
        for v in range(60):
            flipped = [*model[:v], -model[v], *model[v + 1 :]]
            verdict = verigym.verify(task, " ".join(map(str, flipped)))
            assert verdict.reward == reward_rule(task, verdict.evidence["satisfied"])
            assert verdict.evidence["satisfied"] == formula.satisfied(flipped)
            seen.add(verdict.status)
    assert seen >= {Status.PARTIAL, Status.WRONG}


def test_there_is_no_partial_reward_when_the_bank_comes_within_one_clause() -> None:
    near = Task(
        family="sat/solve",
        prompt="p",
        spec={"variables": 2, "clauses": [[1], [2], [1, 2]], "baseline": 2},
    )
    assert verigym.verify(near, "1 -2").reward == 0.0
    assert verigym.verify(near, "1 2").reward == 1.0


def test_decide_gives_no_partial_reward() -> None:
    family = verigym.family("sat/decide", n=30)
    for task in family.tasks("test", 20):
        reference = family.reference(task)
        model = find_model(formula_of(task))
        if model:
            for v in range(30):
                flipped = [*model[:v], -model[v], *model[v + 1 :]]
                reward = verigym.verify(task, "v " + " ".join(map(str, flipped))).reward
                assert reward in (0.0, 1.0)
        else:
            lines = reference.split("\n")
            assert verigym.verify(task, "\n".join(lines[:-2])).reward == 0.0
            rest = verigym.verify(task, "\n".join(lines[1:]))  # another step may be RAT without it
            assert rest.reward == 0.0 or rest.evidence["rat"] > 0
            assert verigym.verify(task, "s SATISFIABLE\n" + reference).reward == 0.0
            assert verigym.verify(task, reference + "\nv 1 0").reward == 0.0
            assert verigym.verify(task, "s UNSATISFIABLE\n" + reference).reward == 1.0
            assert verigym.verify(task, "\n".join(lines[:-1])).reward == 1.0  # implicit end


def test_an_expensive_refutation_is_budget_and_no_reward(monkeypatch: pytest.MonkeyPatch) -> None:
    family = verigym.family("sat/decide", n=30)
    task = next(t for t in family.tasks() if not is_satisfiable(t))
    reference = family.reference(task)
    monkeypatch.setattr("verigym.verifiers.proof.check.__defaults__", (100,))
    verdict = verigym.verify(task, reference)
    assert (verdict.status, verdict.reward) == (Status.BUDGET, 0.0)
    with pytest.raises(FamilyError, match="longer than the verifier takes"):
        family.reference(task)


def test_feedback_names_the_line() -> None:
    family = verigym.family("sat/decide", n=20)
    task = next(t for t in family.tasks() if not is_satisfiable(t))
    verdict = verigym.verify(task, "\n" + "\n".join(["1 -1 0", "", "1 0", "0"]))
    assert verdict.status is Status.WRONG
    assert "line 3" in verdict.feedback
