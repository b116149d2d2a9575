"""Repair: what the prompt tells, how the turns pay, and that handing the program back pays nothing."""

from __future__ import annotations

from typing import Any

import pytest

import verigym
from verigym.envs.base import FamilyEnv
from verigym.envs.code.repair import Repair
from verigym.errors import FamilyError
from verigym.verdict import Status
from verigym.verifiers.calls import FunctionVerifier

ABS: dict[str, Any] = {
    "prompt": "Write f(n), the absolute value of n plus the number of its digits.",
    "entry_point": "f",
    "cases": [[[5], 6], [[-1], 2], [[12], 14], [[-30], 32], [[-345], 348], [[700], 703]],
    "reference": "def f(n): return abs(n) + len(str(abs(n)))",
    "buggy": "def f(n): return n + len(str(n))",
    "public": 2,
    "reward": "partial",
}
RIGHT, BETTER = (
    ABS["reference"],
    "def f(n): return abs(n) + len(str(n))\nold = f\ndef f(n): return old(n) if n > -300 else 348",
)


def repair(**changes: Any) -> Repair:
    return Repair(data=[{**ABS, **changes}])


def test_the_prompt_shows_the_program_and_what_is_public() -> None:
    (task,) = repair().tasks()
    assert ABS["prompt"] in task.text
    assert ABS["buggy"] in task.text
    assert "case 1: input [-1]: got 1, expected 2" in task.text
    for hidden in ("-30", "32", "-345", "348", "703"):
        assert hidden not in task.text


def test_the_reference_repairs_it_and_the_program_itself_does_not() -> None:
    family = repair()
    (task,) = family.tasks()
    assert verigym.verify(task, family.reference(task)).reward == 1.0
    for null in family.null_answers(task):
        assert verigym.verify(task, null).reward == 0.0, null
    assert task.spec["floor"] == pytest.approx(0.5)  # 12 and 700 of four hidden behaviours
    assert verigym.verify(task, ABS["buggy"]).reward == 0.0
    assert verigym.verify(task, BETTER).reward == pytest.approx(0.25)


def episode(family: Repair, *answers: str, **options: Any) -> list[tuple[str, float, bool, bool]]:
    env = FamilyEnv(family, **options)
    env.reset(seed=0)
    return [env.step(answer)[:4] for answer in answers]


def test_rewards_of_the_turns_sum_up_to_that_of_the_last_answer() -> None:
    steps = episode(repair(), "def f(n): return 0", BETTER, RIGHT)
    assert [reward for _, reward, *_ in steps] == pytest.approx([0.0, 0.25, 0.75])
    assert [done for *_, done, _ in steps] == [False, False, True]
    assert "expected 6" in steps[0][0]
    worse = episode(repair(), BETTER, "def f(n): return 0", "")
    assert [reward for _, reward, *_ in worse] == pytest.approx([0.25, -0.25, 0.0])
    assert [done for *_, done, _ in worse] == [False, False, True]


def test_a_right_answer_ends_the_episode_at_once() -> None:
    (step,) = episode(repair(), RIGHT)
    assert step[1:] == (1.0, True, False)


@pytest.mark.parametrize("turns", [1, 2])
def test_an_episode_has_so_many_turns(turns: int) -> None:
    env = FamilyEnv(Repair(data=[ABS], turns=turns))
    env.reset(seed=0)
    for turn in range(1, turns + 1):
        *_, done, _, info = env.step("def f(n): return 0")
        assert (info["turn"], done) == (turn, turn == turns)
    with pytest.raises(Exception, match="reset"):
        env.step(RIGHT)
    assert FamilyEnv(Repair(data=[ABS]), turns=turns).turns == turns


def test_an_abstention_in_a_later_turn_ends_the_episode_without_a_reward(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    family = repair()
    env = FamilyEnv(family)
    env.reset(seed=0)
    env.step(BETTER)
    monkeypatch.setattr(FunctionVerifier, "judge", lambda *_: 1 / 0)  # a bug of ours
    _, reward, terminated, truncated, info = env.step(RIGHT)
    assert reward != reward
    assert (terminated, truncated, info["abstained"]) == (False, True, True)


def test_programs_and_test_code_can_be_repaired_too() -> None:
    program = {"prompt": "Double it.", "cases": [["1", "2"], ["2", "4"]], "buggy": "print(2)"}
    tests = {
        "prompt": "Double it.",
        "entry_point": "f",
        "tests": "def check(f):\n    for n in range(9): assert f(n) == 2 * n",
        "buggy": "def f(n): return n ** 2",
    }
    first, second = Repair(data=[program, tests]).tasks()
    assert verigym.verify(first, "print(2 * int(input()))").correct
    assert verigym.verify(second, "def f(n): return n + n").correct
    assert "A hidden test failed" in second.text


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"buggy": ABS["reference"]}, "record 0: its program to repair is right"),
        ({"buggy": None}, "record 0: field 'buggy' is a NoneType"),
        ({"cases": []}, "record 0: cases is empty"),
        ({"extra": 1}, "record 0: unknown field 'extra'"),
    ],
)
def test_a_record_that_poses_nothing_is_refused(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(FamilyError, match=why):
        repair(**changes)


def test_a_program_that_cannot_be_judged_is_refused() -> None:
    tests = "def check(f):\n    raise ValueError\n    assert f(1)"
    with pytest.raises(FamilyError, match="cannot be judged"):
        Repair(data=[{"prompt": "x", "entry_point": "f", "tests": tests, "buggy": "def f(n): pass"}])


@pytest.mark.parametrize("turns", [0, -1, 1.0, True, "3", 101])
def test_turns_that_make_no_sense_are_refused(turns: Any) -> None:
    with pytest.raises(FamilyError, match="turns is"):
        Repair(data=[ABS], turns=turns)


def test_what_it_fails_with_may_be_anything() -> None:
    family = repair(buggy="def f(n): return 1 / 0", reward="exact")
    (task,) = family.tasks()
    assert "ZeroDivisionError" in task.text
    assert verigym.verify(task, "def f(n): return 1 / 0").status is Status.RUNTIME_ERROR
