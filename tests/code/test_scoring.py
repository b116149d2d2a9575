"""Partial rewards, weights and feedback: what is paid for a part, and what the policy gets to see."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verigym import verify
from verigym.envs.code import function_task, stdio_task
from verigym.envs.code.floor import floor_of_texts, floor_of_values
from verigym.errors import TaskError
from verigym.sandbox.inside import plain
from verigym.task import Task
from verigym.verdict import Case, Status, Verdict
from verigym.verifiers.compare import Rule
from verigym.verifiers.scoring import Groups, progress_of, share, verdict_of

SIGN = [((n,), (n > 0) - (n < 0)) for n in (5, 7, 9, 11, -3, -4, 0)]
"""Three behaviours, of which the first has most cases."""


def signs(**options: Any) -> Task:
    return function_task("The sign of n.", "f", cases=SIGN, reward="partial", **options)


@pytest.mark.parametrize(
    ("answer", "reward"),
    [
        ("def f(n): return (n > 0) - (n < 0)", 1.0),
        ("def f(n): return 1 if n > 0 else -1", 0.25),  # two of three, one of which a constant passes
        ("def f(n): return 1 if n > 0 else 0", 0.25),
        ("def f(n): return 1", 0.0),
        ("def f(n): return 0", 0.0),
        ("def f(n): return n", 0.0),
        ("def f(n): return 1 if n > 5 else -1 if n < 0 else 0", 0.25),
        ("def f(n): return 1 if n != 9 else 2", 0.0),
        ("def f(n):\n    if n == 0: raise ValueError\n    return 1 if n > 0 else -1", 0.25),
        ("def f(n):\n    if n == 0: raise SystemExit\n    return 1 if n > 0 else -1", 0.25),
        ("import os\ndef f(n):\n    if n == 0: os._exit(0)\n    return 1 if n > 0 else -1", 0.25),
    ],
)
def test_a_part_of_the_behaviour_earns_what_is_beyond_a_constant(answer: str, reward: float) -> None:
    verdict = verify(signs(), answer)
    assert verdict.reward == pytest.approx(reward)
    assert verdict.status is (
        Status.CORRECT if reward == 1 else Status.PARTIAL if reward else Status.WRONG
    )


def test_a_partial_verdict_still_says_what_failed_first() -> None:
    verdict = verify(signs(), "def f(n):\n    if n == 0: raise KeyError\n    return 1 if n > 0 else -1")
    assert verdict.evidence["first_failure"] == "runtime_error"
    assert verdict.evidence["progress"] == pytest.approx(0.5)
    assert "KeyError" in verdict.feedback
    assert [case.status for case in verdict.cases].count(Status.CORRECT) == 6


def test_public_cases_count_for_nothing_where_there_are_hidden_ones() -> None:
    task = signs(public=6)
    looked_up = "def f(n): return {5: 1, 7: 1, 9: 1, 11: 1, -3: -1, -4: -1}.get(n)"
    assert verify(task, looked_up).reward == 0.0
    assert verify(task, "def f(n): return (n > 0) - (n < 0)").reward == 1.0


def test_without_partial_rewards_a_part_earns_nothing() -> None:
    task = function_task("The sign of n.", "f", cases=SIGN)
    assert verify(task, "def f(n): return 1 if n > 0 else -1").reward == 0.0
    assert "reward" not in task.spec
    assert "floor" not in task.spec


def test_weights_say_what_a_group_counts() -> None:
    cases = [{"args": [n], "expected": s, "weight": 8 if n == 0 else 1} for (n,), s in SIGN]
    task = function_task("The sign of n.", "f", cases=cases, reward="partial")
    assert task.spec["floor"] == pytest.approx(0.8)
    assert verify(task, "def f(n): return 0").reward == 0.0
    assert verify(task, "def f(n): return 1 if n > 0 else -1").reward == 0.0
    assert verify(task, "def f(n): return 1 if n > 0 else 0").reward == pytest.approx(0.25)


@pytest.mark.parametrize("weight", [0, -1, float("nan"), float("inf"), "2", None, True])
def test_a_weight_that_makes_no_sense_is_refused(weight: Any) -> None:
    with pytest.raises(TaskError, match="case 0: weight is"):
        function_task("x", "f", cases=[{"args": [1], "expected": 2, "weight": weight}])
    with pytest.raises(TaskError, match="case 0: weight is"):
        stdio_task("x", [{"input": "", "output": "x", "weight": weight}])


DOUBLE = [(f"{n}\n", f"{2 * n}\n") for n in (1, 2, 3, 0)]


def doubles(**options: Any) -> Task:
    return stdio_task("Print the double.", DOUBLE, reward="partial", **options)


@pytest.mark.parametrize(
    ("answer", "reward"),
    [
        ("print(2 * int(input()))", 1.0),
        ("print(int(input()) or 1 / 0)", 0.0),
        ("n = int(input())\nprint(2 * n if n else 1 / 0)", 1 / 3),
        ("n = int(input())\nprint(2 * n if n < 3 else 5)", 1 / 3),
        ("print(0)", 0.0),
        ("print(4)", 0.0),
        ("print(input())", 0.0),
        ("n = int(input())\nwhile n == 2: pass\nprint(2 * n)", 1 / 3),
    ],
)
def test_programs_are_paid_alike(answer: str, reward: float) -> None:
    verdict = verify(doubles(timeout=1), answer)
    assert verdict.reward == pytest.approx(reward)
    assert len(verdict.cases) == 4


def test_an_answer_that_never_ends_is_not_waited_for_in_every_case() -> None:
    cases = [(str(n), str(n + 1)) for n in range(30)]
    task = stdio_task("Count.", cases, reward="partial", timeout=0.2)
    verdict = verify(task, "while True: pass")
    assert verdict.status is Status.TIMEOUT
    assert verdict.timings["total"] < 10
    assert [case.status for case in verdict.cases] == [Status.TIMEOUT] * 30
    assert "not run" in verdict.cases[-1].detail


# -------------------------------------------------------------------------------------- the floor


@pytest.mark.parametrize(
    ("cases", "floor"),
    [
        ([((1,), 1), ((2,), 2)], 1.0),  # an echo
        ([((1, 2), 2), ((3, 4), 4)], 1.0),
        ([(([1, 2],), 2), (([5],), 1), (([],), 0)], 1.0),  # a length
        ([(([3, 1],), [1, 3]), (([2],), [2]), (([],), [])], 1.0),
        ([((2,), 4), ((3,), 9), ((5,), 25)], 1 / 3),
        ([((n,), n % 2 == 0) for n in range(1, 9)], 0.5),
        ([(("ab",), "ba"), (("xyz",), "zyx")], 1.0),
    ],
)
def test_cheap_functions_are_known(cases: Any, floor: float) -> None:
    task = function_task("x", "f", cases=cases, reward="partial")
    assert task.spec["floor"] == pytest.approx(floor)


@pytest.mark.parametrize(
    ("cases", "floor"),
    [
        ([("a b\n", "a b\n"), ("c\n", "c\n")], 1.0),
        ([("3\n1 2 3\n", "1 2 3\n"), ("1\n7\n", "7\n")], 1.0),
        ([("4 2\n", "2\n"), ("1 9\n", "9\n")], 1.0),
        ([("2\n", "4\n"), ("3\n", "6\n"), ("4\n", "8\n"), ("5\n", "8\n")], 1 / 3),
    ],
)
def test_cheap_programs_are_known(cases: Any, floor: float) -> None:
    assert stdio_task("x", cases, reward="partial").spec["floor"] == pytest.approx(floor)


@given(
    st.lists(st.tuples(st.integers(-3, 3), st.booleans() | st.integers(0, 2)), min_size=1), st.data()
)
def test_no_constant_earns_a_partial_reward(pairs: list[tuple[int, Any]], data: Any) -> None:
    spec = {
        "cases": [
            {"args": [plain.encode(n)], "expected": plain.encode(value), "kwargs": plain.encode({})}
            for n, value in pairs
        ],
        "compare": "strict",
    }
    spec["floor"] = floor_of_values(spec)
    constant = data.draw(st.sampled_from([value for _, value in pairs]))
    passed = [type(value) is type(constant) and value == constant for _, value in pairs]
    assert progress_of(spec, passed) == 0


@given(st.lists(st.sampled_from(["1", "2", "3 "]), min_size=1, max_size=12), st.data())
def test_progress_is_monotone_and_in_range(outputs: list[str], data: Any) -> None:
    spec: dict[str, Any] = {
        "cases": [{"input": str(n), "output": text} for n, text in enumerate(outputs)],
        "compare": Rule("tokens").to_json(),
    }
    spec["floor"] = floor_of_texts(spec)
    some = data.draw(st.lists(st.booleans(), min_size=len(outputs), max_size=len(outputs)))
    more = [a or data.draw(st.booleans()) for a in some]
    assert 0 <= progress_of(spec, some) <= progress_of(spec, more) <= 1
    assert 0 <= share(spec, some) <= share(spec, more) <= 1


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 3), st.booleans()), min_size=1),
    st.integers(0, 12),
)
def test_a_share_is_the_weight_of_the_whole_groups(
    cases: list[tuple[str, int, bool]], public: int
) -> None:
    public = min(public, len(cases))
    spec: dict[str, Any] = {
        "cases": [{"input": "", "output": text, "weight": weight} for text, weight, _ in cases],
        "public": public,
    }
    hidden = cases[public:] or cases
    heaviest = {text: max(w for t, w, _ in hidden if t == text) for text, _, _ in hidden}
    lost = {text for text, _, passed in hidden if not passed}
    kept = sum(weight for text, weight in heaviest.items() if text not in lost)
    expected = pytest.approx(kept / sum(heaviest.values()))
    assert share(spec, [passed for _, _, passed in cases]) == expected


def test_groups_ask_no_more_of_a_group_that_failed() -> None:
    spec = {"cases": [{"input": "", "output": text} for text in ("1", "2", "1", "2", "1")], "public": 1}
    asked = []
    groups = Groups(spec)
    assert groups.share(lambda index: bool(asked.append(index))) == 0
    assert asked == [1, 2]
    assert groups.share(lambda index: index % 2 == 1) == 0.5


@pytest.mark.parametrize("floor", [None, -0.1, 1.1, float("nan"), "0", True])
def test_a_floor_that_makes_no_sense_is_no_reward(floor: Any) -> None:
    spec = {"cases": [{"input": "", "output": "1"}, {"input": "", "output": "2"}], "floor": floor}
    with pytest.raises(TaskError, match="floor is"):
        progress_of(spec, [True, False])


# ----------------------------------------------------------------------------------- the feedback


def test_only_public_cases_are_shown() -> None:
    cases = [((1,), "public one"), ((2,), "public two"), ((3,), "hidden three")]
    answer = "def f(n): return 'mine'"

    def feedback(**options: Any) -> str:
        return verify(function_task("x", "f", cases=cases, **options), answer).feedback

    assert feedback() == feedback(feedback="status") == feedback(public=2, feedback="status")
    assert feedback() == "0 of 3 cases passed."
    shown = feedback(public=2)
    assert 'case 0: input [1]: got "mine", expected "public one"' in shown
    assert "public two" in shown
    assert "hidden" not in shown
    assert "hidden three" in feedback(feedback="all")


def test_a_program_that_fails_in_public_is_told_how() -> None:
    task = stdio_task("x", [("1\n", "2\n"), ("5\n", "hidden\n")], public=1)
    words = verify(task, "print(int(input()) + 2)").feedback
    assert words.splitlines()[1] == "case 0: input '1\\n': got '3\\n', expected '2\\n'"
    words = verify(task, "print(int(input()) * 2)").feedback
    assert "hidden" not in words
    assert "5" not in words


def test_a_verdict_quotes_what_was_given_what_came_and_what_should_have() -> None:
    verdict = verify(stdio_task("x", [("1\n", "2\n")], public=1), "print('no' * 400)")
    (case,) = verdict.cases
    assert (case.name, case.input, case.expected, case.public) == ("case 0", "'1\\n'", "'2\\n'", True)
    assert case.got.startswith("'nono")
    assert len(case.got) < 400
    assert case.seconds is not None


def test_feedback_shows_a_few_cases_at_most() -> None:
    cases = [((n,), n + 100) for n in range(50)]
    words = verify(function_task("x", "f", cases=cases, public=40), "def f(n): return 7").feedback
    assert len(words.splitlines()) == 4


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"public": -1}, "public is -1"),
        ({"public": 3}, "public is 3"),
        ({"public": True}, "public is True"),
        ({"public": "1"}, "public is '1'"),
        ({"feedback": "everything"}, "feedback is 'everything'"),
        ({"feedback": None}, "feedback is None"),
        ({"reward": "half"}, "reward is 'half'"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any], why: str) -> None:
    with pytest.raises(TaskError, match=why):
        function_task("x", "f", cases=[((1,), 2), ((2,), 3)], **options)
    with pytest.raises(TaskError, match=why):
        stdio_task("x", [("1", "2"), ("2", "3")], **options)


@pytest.mark.parametrize("options", [{"public": 1}, {"reward": "partial"}, {"feedback": "all"}])
def test_test_code_has_no_cases_to_score(options: dict[str, Any]) -> None:
    tests = "def check(f):\n    for n in range(3): assert f(n) == n"
    with pytest.raises(TaskError, match="for cases"):
        function_task("x", "f", tests=tests, **options)


def test_a_verdict_needs_every_case() -> None:
    spec = {"cases": [{"input": "", "output": "1"}, {"input": "", "output": "2"}]}
    verdict: Verdict = verdict_of(spec, [Case("case 0", Status.CORRECT)], "", {})
    assert not verdict.correct
