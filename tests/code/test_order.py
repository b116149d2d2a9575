"""Cases in the order of what failed most before: faster where an answer is wrong, and no other reward."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verigym.envs.code import function_task, stdio_task
from verigym.verifiers import order
from verigym.verifiers.calls import FunctionVerifier
from verigym.verifiers.code import CodeVerifier
from verigym.verifiers.order import FailureHistory
from verigym.verifiers.stdio import StdioVerifier

PROGRAM = stdio_task("Print the square.", [(str(n), str(n * n)) for n in range(-2, 12)])
FUNCTION = function_task("The square.", "f", cases=[((n,), n * n) for n in range(-2, 38)])
WRONG_PROGRAM = "n = int(input())\nprint(n * n if n != 9 else 0)"
WRONG = "def f(n): return n * n if n != 30 else 0"


def test_a_program_meets_its_failure_first_the_next_time() -> None:
    verifier = StdioVerifier(history=FailureHistory())
    first, second = (verifier.verify(PROGRAM, WRONG_PROGRAM) for _ in range(2))
    assert (len(first.cases), len(second.cases)) == (12, 1)
    assert second.cases[0].name == "case 11"
    assert second.feedback.endswith("0 of 14 cases passed before.")
    assert (first.reward, first.status) == (second.reward, second.status)
    right = verifier.verify(PROGRAM, "print(int(input()) ** 2)")
    assert right.correct
    assert [case.name for case in right.cases] == [f"case {n}" for n in range(14)]


def test_a_function_has_its_likely_failures_in_a_run_of_their_own() -> None:
    verifier = CodeVerifier(history=FailureHistory())
    first, second = (verifier.verify(FUNCTION, WRONG) for _ in range(2))
    assert (len(first.cases), len(second.cases)) == (40, 8)
    assert "case 32" in [case.name for case in second.cases]
    assert second.feedback == "7 of 40 cases passed before."
    right = verifier.verify(FUNCTION, "def f(n): return n * n")
    assert right.correct
    assert [case.name for case in right.cases] == [f"case {n}" for n in range(40)]


ANSWERS = [
    "def f(n): return n * n",
    WRONG,
    "def f(n): return 0",
    "def f(n): return 1 / 0",
    "import os\ndef f(n): os._exit(0)",
    "import os\ndef f(n): return n * n if n < 37 else os._exit(0)",
    "def g(n): return 0",
    "def f(n) return",
    "",
]


@pytest.mark.parametrize("task", [FUNCTION, function_task("x", "f", cases=[((2,), 4)])])
def test_no_reward_depends_on_what_was_judged_before(task: Any) -> None:
    plain, learned = FunctionVerifier(), FunctionVerifier(history=FailureHistory())
    wanted = [plain.verify(task, answer).reward for answer in ANSWERS]
    for _ in range(3):
        assert [learned.verify(task, answer).reward for answer in ANSWERS] == wanted


def test_partial_rewards_judge_every_case_in_order() -> None:
    cases = [(str(n), str(n * n)) for n in range(2, 9)]
    task = stdio_task("Print the square.", cases, reward="partial")
    verifier = StdioVerifier(history=FailureHistory())
    answer = "n = int(input())\nprint(n * n if n != 7 else 0)"
    first, second = (verifier.verify(task, answer) for _ in range(2))
    assert first.reward == second.reward
    assert 0 < first.reward < 0.5
    assert len(second.cases) == 7


@given(st.lists(st.lists(st.integers(0, 9))), st.integers(1, 12))
def test_the_order_is_a_permutation_by_failures(failures: list[list[int]], count: int) -> None:
    history = FailureHistory()
    for failed in failures:
        history.note("task", failed)
    found = history.order("task", count)
    assert sorted(found) == list(range(count))
    counts = [sum(failed.count(index) for failed in failures) for index in found]
    assert counts == sorted(counts, reverse=True)
    assert history.order("another", count) == list(range(count))


def test_it_is_bounded_and_usable_from_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order, "MOST_TASKS", 50)
    history = FailureHistory()

    def note(start: int) -> None:
        for number in range(start, start + 200):
            history.note(str(number), [number % 3])
            history.order(str(number), 5)

    threads = [threading.Thread(target=note, args=(100 * n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(history._failures) == 50
