"""Turns are judged by what programs do: nothing that a player says earns a reward by itself."""

from __future__ import annotations

import json
from typing import Any

import pytest
from arena_tasks import ABOVE, NEGATIVE, SAME, ZERO, pools, problem, tried

from verigym.arena.behaviour import digest, key_of
from verigym.arena.pools import MOST_TESTS, Pools
from verigym.arena.problem import Problem
from verigym.arena.referee import Referee
from verigym.verifiers.observe import Kind, Outcome


def suite(given: Any, state: Pools, posed: Problem | None = None, most: int = 4) -> dict[str, Any]:
    said = given if isinstance(given, str) else json.dumps(given)
    return Referee(posed or problem()).suite(said, state, most)


class TestAnswers:
    @pytest.mark.parametrize(
        ("answer", "status", "reward", "truth", "joined"),
        [
            (SAME, "passed", 1.0, True, False),
            (f"```python\n{SAME}\n```", "passed", 1.0, True, False),
            (ABOVE, "passed", 1.0, False, True),
            ("def f(x): return 0 * x", "failed", 0.0, False, False),
            ("def f(x): return 1", "passed", 1.0, False, True),
            ("def g(x): return x", "failed", 0.0, False, False),
            ("no code at all", "failed", 0.0, False, False),
            ("", "no_answer", 0.0, False, False),
            ("def f(x): return x" + " " * 200_001, "malformed", 0.0, False, False),
        ],
    )
    def test_the_reward_is_the_pools_and_the_truth_is_not_part_of_it(
        self, answer: str, status: str, reward: float, truth: bool, joined: bool
    ) -> None:
        found = Referee(problem()).answer(answer, pools(), 0)
        assert (found["status"], found["reward"]) == (status, reward)
        assert (found["truth"], found["joined"]) == (truth, joined)
        assert len(found["answer"]) <= 200_000

    def test_it_says_what_share_of_the_pool_passes(self) -> None:
        found = Referee(problem()).answer(ABOVE, pools(tests=tried(1, 6, 7, 0)), 0)
        assert (found["passed"], found["tests"], found["pass_rate"]) == (2, 4, 0.5)
        assert (found["reward"], found["joined"]) == (0.0, False)

    def test_an_empty_pool_judges_nobody(self) -> None:
        found = Referee(problem()).answer(SAME, pools(tests=()), 0)
        assert (found["status"], found["reward"], found["pass_rate"]) == ("unjudged", None, None)
        found = Referee(problem()).answer(ABOVE, pools(tests=()), 0)
        assert (found["reward"], found["joined"]) == (None, True)

    def test_an_answer_that_does_what_another_did_does_not_join(self) -> None:
        referee = Referee(problem())
        first = referee.answer(ABOVE, pools(), 0)
        alike = "def f(x):\n    if x >= 6:\n        return x + 1\n    return x"
        assert not referee.answer(alike, pools(), 1, [first["digest"]])["joined"]
        state = pools()
        state.apply({"answers": [first], "suite": {"tests": []}, "held": []})
        assert not referee.answer(alike, state, 0)["joined"]
        assert referee.answer(NEGATIVE, state, 0)["joined"]

    def test_one_that_is_never_right_does_not_join(self) -> None:
        found = Referee(problem(hidden=tried(3, 8))).answer("def f(x): return 1", pools(), 0)
        assert (found["reward"], found["truth"], found["joined"]) == (1.0, False, False)

    def test_one_that_no_test_could_kill_does_not_join(self) -> None:
        endless = "def f(x):\n    while x > 5: pass\n    return x"
        found = Referee(problem()).answer(endless, pools(), 0)
        assert (found["reward"], found["truth"], found["joined"]) == (1.0, False, False)

    @pytest.mark.parametrize(
        "body",
        [
            "import os; os._exit(0)",
            "while True: pass",
            "print('x' * 10 ** 6); return 0 * x",
            "raise SystemExit(0)",
            'import os; os.write(3, b\'{"replies":[{"value":1}]}\\n\'); os._exit(0)',
            "return type('Yes', (), {'__eq__': lambda self, other: True})()",
            "import sys; sys.modules.clear(); return -1",
            "import os, signal; os.kill(os.getppid(), signal.SIGKILL); os._exit(1)",
        ],
    )
    def test_hostile_answers_earn_nothing_and_do_not_join(self, body: str) -> None:
        found = Referee(problem()).answer(f"def f(x):\n    {body}\n", pools(), 0)
        assert (found["reward"], found["truth"], found["joined"]) == (0.0, False, False)
        assert found["status"] in ("failed", "timeout")

    def test_a_table_of_the_pools_tests_passes_and_is_seen_to_be_wrong(self) -> None:
        known = tried(1, 0, -2)
        table = f"T = {{{', '.join(f'{t.args[0]}: {t.expected}' for t in known)}}}\ndef f(x): return T.get(x)"
        found = Referee(problem()).answer(table, pools(tests=known), 0)
        assert (found["reward"], found["truth"]) == (1.0, False)
        assert found["joined"]  # so that the next tester is paid for killing it
        judged = suite([[3]], pools(table, tests=known))
        assert (judged["reward"], judged["tests"][0]["joined"]) == (1.0, True)


class TestSuites:
    @pytest.mark.parametrize(
        ("given", "valid", "killed", "reward", "joined"),
        [
            ([[6], [-1]], 2, 2, 1.0, [True, True]),
            ([[6]], 1, 1, 0.5, [True]),
            ([[6], [9]], 2, 1, 0.5, [True, False]),  # kills the same
            ([[6], [6], [6], [6]], 1, 1, 0.125, [True, False, False, False]),
            ([[1]], 0, 0, 0.0, [False]),  # known already
            ([[3], [4]], 2, 0, 0.0, [False, False]),  # always pass
            ([["a"], [-1]], 1, 1, 0.25, [False, True]),
            ([[6, 0]], 0, 0, 0.0, [False]),
            ([[]], 0, 0, 0.0, [False]),
            ([[[1]], [None], [1.5], [True]], 0, 0, 0.0, [False] * 4),
        ],
    )
    def test_the_reward_is_validity_times_what_is_newly_killed(
        self, given: Any, valid: int, killed: int, reward: float, joined: list[bool]
    ) -> None:
        found = suite(given, pools(ABOVE, NEGATIVE))
        assert (found["status"], found["valid"], found["killed"]) == ("judged", valid, killed)
        assert found["reward"] == pytest.approx(reward)
        assert [test["joined"] for test in found["tests"]] == joined
        assert found["validity"] == pytest.approx(valid / len(given))

    @pytest.mark.parametrize(
        "said",
        ["", "[]", "{}", "[1]", "assert f(6) == 6", "[[1],[2],[3],[4],[5]]", "[" * 60_000, "[[NaN]]",
         "[[6]]" + " " * 200_001, "<think>[[6]]", '{"tests": [[6]]}'],
    )  # fmt: skip
    def test_malformed_and_empty_suites_earn_nothing(self, said: str) -> None:
        found = suite(said, pools(ABOVE))
        assert (found["status"], found["reward"], found["tests"]) == ("malformed", 0.0, [])

    @pytest.mark.parametrize(
        "member",
        ['{"set": [[1]]}', '{"x": 1}', '"\\ud800"', "1e999", "9" * 5000, '{"int": "zz"}', '{"dict": [1]}',
         '{"range": [0, 1000000000, 1]}', '{"float": "nan"}', "[" * 90 + "]" * 90, '{"a": 1, "a": 2}'],
    )  # fmt: skip
    def test_odd_data_earns_nothing_and_is_no_failure_of_ours(self, member: str) -> None:
        found = suite(f"[[{member}]]", pools(ABOVE))
        assert (found["reward"], found["valid"]) == (0.0, 0)

    def test_tests_that_always_fail_are_invalid(self) -> None:
        posed = problem(reference="def f(x):\n    return x if x < 100 else 1 // 0")
        found = suite([[100], [1000]], pools(ABOVE), posed)
        assert (found["valid"], found["reward"]) == (0, 0.0)
        assert "does not take it" in found["tests"][0]["reason"]

    def test_taking_longer_is_no_kill_and_is_counted_apart(self) -> None:
        quick = "def f(n):\n    for _ in range(n):\n        pass\n    return n"
        slow = "def f(n):\n    for _ in range(n * n):\n        pass\n    return n"
        found = suite([[5000]], pools(slow), problem(reference=quick))
        assert (found["valid"], found["killed"], found["overdue"]) == (1, 0, 1)
        assert (found["reward"], found["tests"][0]["joined"]) == (0.0, False)
        found = suite([[10**7]], pools(slow), problem(reference=quick))  # the right one is slow as well
        assert (found["valid"], found["reward"]) == (0, 0.0)
        found = suite([[10**7]], pools(ABOVE), problem())  # large is not slow
        assert found["reward"] == 1.0

    def test_enormous_inputs_are_not_kept(self) -> None:
        posed = problem(shapes=({"list": {"int": None}},), reference="def f(xs): return len(xs)")
        found = suite([[[0] * 9000]], pools("def f(xs): return len(xs) % 8192"), posed)
        assert found["reward"] == 1.0
        found = suite([[[0] * 11000]], pools("def f(xs): return 0"), posed)
        assert (found["valid"], found["tests"][0]["args"]) == (0, [])
        assert "more than 20000 bytes" in found["tests"][0]["reason"]

    def test_where_nothing_is_alive_a_valid_suite_has_no_reward_and_an_invalid_one_has_0(self) -> None:
        assert suite([[6]], pools())["reward"] is None
        assert suite([["a"]], pools())["reward"] == 0.0
        assert suite([], pools())["reward"] == 0.0

    def test_an_empty_pool_takes_one_valid_test(self) -> None:
        found = suite([[3], [4]], pools(tests=()))
        assert [test["joined"] for test in found["tests"]] == [True, False]
        assert found["reward"] is None

    def test_a_full_pool_takes_none_and_still_pays(self) -> None:
        found = suite([[-1]], pools(NEGATIVE, tests=tried(*range(1, MOST_TESTS + 1))))
        assert (found["reward"], found["tests"][0]["joined"]) == (1.0, False)

    def test_only_the_test_that_ends_a_program_has_killed_it(self) -> None:
        ends = "import os\ndef f(x):\n    if x == 6:\n        os._exit(0)\n    return x"
        found = suite([[4], [6], [7]], pools(ends))
        assert [test["kills"] for test in found["tests"]] == [[], [0], []]

    def test_a_kill_counts_when_it_happens_twice(self, monkeypatch: pytest.MonkeyPatch) -> None:
        referee, calls = Referee(problem()), []

        def flaky(self: Any, source: str, tests: Any) -> list[Outcome]:
            calls.append(source)
            return [Outcome(Kind.VALUE, len(calls) if len(calls) % 2 else t.expected) for t in tests]

        monkeypatch.setattr("verigym.arena.behaviour.Bench.apart", flaky)
        found = referee.suite("[[6]]", pools(ABOVE), 4)
        assert (found["valid"], found["killed"], found["reward"]) == (1, 0, 0.0)
        assert len(calls) == 2

    def test_hostile_wrong_answers_are_killed_alone(self) -> None:
        hostile = "import os, sys\ndef f(x):\n    if x > 5:\n        sys.modules.clear(); os._exit(0)\n    return x"
        found = suite([[6]], pools(hostile, ZERO, ABOVE))
        assert found["tests"][0]["kills"] == [0, 2]

    def test_inputs_outside_of_the_contract_are_invalid(self) -> None:
        posed = problem(contract="def contract(x): return x >= 0")
        found = suite([[-1], [6]], pools(NEGATIVE, ABOVE), posed)
        assert found["tests"][0]["reason"] == "outside of the function's contract"
        assert (found["valid"], found["killed"]) == (1, 1)

    def test_inputs_on_which_right_programs_differ_are_invalid(self) -> None:
        posed = problem(right=("def f(x): return x if x >= 0 else -x", SAME))
        found = suite([[-1], [6]], pools(NEGATIVE, ABOVE), posed)
        assert found["tests"][0]["reason"] == "right programs differ on it"
        assert found["reward"] == pytest.approx(0.25)

    def test_held_out_faults_are_measured_once_each(self) -> None:
        referee = Referee(problem(held_recorded=("import os\ndef f(x): os._exit(0)",)))
        assert referee.held(tried(6), Pools()) == [0, 3]
        assert referee.held(tried(6, 0), Pools(held={0, 3})) == [1]
        assert referee.held((), Pools()) == []


def test_what_the_clock_ended_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    late, steps, right = Outcome(Kind.OVERDUE, None, 3), Outcome(Kind.OVERDUE, None, 11), Kind.VALUE
    replies = [
        [[late, steps, Outcome(Kind.DEAD)], [steps] * 3],
        [[Outcome(right, n) for n in range(3)]],
    ]
    asked = []

    def observe(sources: Any, *_: Any, **__: Any) -> Any:
        asked.append(sources)
        return replies.pop(0)

    monkeypatch.setattr("verigym.arena.behaviour.observe", observe)
    found = problem().bench.seen(["a", "b"], [[1], [2], [3]], [10] * 3)
    assert asked == [["a", "b"], ["a"]]
    assert found == [[Outcome(right, 0), steps, Outcome(right, 2)], [steps] * 3]


def test_behaviour_is_told_by_what_is_done_and_not_by_how_it_is_written() -> None:
    one, two = {"set": ["b", "a"]}, {"set": ["a", "b"]}
    assert digest([Outcome(Kind.VALUE, one, 5)]) == digest([Outcome(Kind.VALUE, two, 9)])
    assert digest([Outcome(Kind.VALUE, [1, 2])]) != digest([Outcome(Kind.VALUE, [2, 1])])
    assert digest([Outcome(Kind.VALUE, "x")]) != digest([Outcome(Kind.RAISED, "x")])
    assert key_of([one]) == key_of([two])
    assert key_of([1]) != key_of([True])
    assert key_of([{"tuple": [1]}]) != key_of([[1]])
