"""No wrong solution is ever correct, on any path, whatever it does; and none takes the judge along."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from attacks import ATTACKS, FORGED

import verigym
from verigym import Status, Task, Verdict
from verigym.envs.code import function_task, stdio_task
from verigym.sandbox import shared

WALL = 0.5
EXPECTED = {21: 42, -3: -6, 100: 200}
CHECK = (
    "def check(candidate):\n    wrong = 0  # no literal assert, so that this stays code\n"
    + "".join(f"    assert candidate({given}) == {wanted}\n" for given, wanted in EXPECTED.items())
)


def paths(limits: dict[str, float]) -> dict[str, Task]:
    """The same small question in every form."""
    cases = [((given,), wanted) for given, wanted in EXPECTED.items()]
    texts = [(f"{given}\n", f"{wanted}\n") for given, wanted in EXPECTED.items()]
    mapped = "assert all(map(lambda n: f(n) == 2 * n, [21, -3, 100]))"
    return {
        "tests": function_task("Double n.", "f", tests=CHECK, timeout=1, limits=limits),
        "asserts": function_task("Double n.", "f", tests=mapped, timeout=1, limits=limits),
        "cases": function_task(
            "Double n.", "f", cases=cases, compare="equal", timeout=1, limits=limits
        ),
        "stdio": stdio_task("Double n.", texts, timeout=1, limits=limits),
    }


PATHS, PATIENT = paths({"wall_seconds": WALL}), paths({"wall_seconds": 20})
RIGHT = "def f(n): return 2 * n\n"
PRINT = "\nprint(f(int(input())))\n"


def answer_on(path: str, source: str) -> str:
    return source + PRINT if path == "stdio" else source


@pytest.fixture(scope="module")
def verdicts() -> dict[tuple[str, str], Verdict]:
    """Every attack on every path, several at a time, with a right answer after each."""
    keys = [(path, name) for name in ATTACKS for path in PATHS]
    pairs: list[tuple[Task, str]] = []
    for path, name in keys:
        pairs += [
            (PATHS[path], answer_on(path, ATTACKS[name])),
            (PATIENT[path], answer_on(path, RIGHT)),
        ]
    found = verigym.verify_many(
        pairs, workers=shared().workers
    )  # no more, so that none waits for its turn
    assert [verdict.task_id for verdict in found] == [task.id for task, _ in pairs]
    right = [verdict.status for verdict in found[1::2]]
    assert right.count(Status.CORRECT) == len(keys), (
        "an attack harmed the answer that was judged after it"
    )
    return dict(zip(keys, found[::2], strict=True))


def test_there_are_enough_of_them() -> None:
    assert len(ATTACKS) > 100
    assert len(set(ATTACKS.values())) == len(ATTACKS)
    assert len(FORGED) >= 30


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_earns_nothing(
    verdicts: dict[tuple[str, str], Verdict], name: str, path: str
) -> None:
    verdict = verdicts[path, name]
    assert verdict.reward == 0.0, verdict
    assert verdict.timings["total"] < WALL + 4
    json.dumps(verdict.to_json(), allow_nan=False, ensure_ascii=False).encode()
    for hidden in ("42", "200", "candidate", "assert"):
        assert hidden not in verdict.feedback


@pytest.mark.parametrize("name", FORGED)
def test_the_attack_fools_a_grader_that_shares_its_process(name: str) -> None:
    assert naive(ATTACKS[name]), "this would not have fooled anybody"


def test_the_naive_grader_can_tell_right_from_wrong() -> None:
    assert naive(RIGHT)
    assert not naive("def f(n): return 0")


def naive(source: str) -> bool:
    grader = Path(__file__).with_name("naive_grader.py")
    job = json.dumps([source, CHECK])
    done = subprocess.run(
        [sys.executable, "-I", grader], input=job, text=True, capture_output=True, timeout=20
    )
    return done.returncode == 0


# ------------------------------------------------------------------ changing what the test looks at


@pytest.mark.parametrize(
    "answer",
    [
        "def f(xs):\n    xs.clear()\n    return []",
        "def f(xs):\n    xs[:] = [0]\n    return [0]",
        "def f(xs):\n    xs.sort(reverse=True)\n    return xs",
        "def f(xs): return xs",
    ],
)
def test_changing_the_argument_does_not_change_what_is_expected(answer: str) -> None:
    tests = """
        def check(candidate):
            xs = [3, 1, 2]
            expected = sorted(xs)
            assert candidate(xs) == expected
            assert candidate([2, 1]) == [1, 2]
    """
    right = "def f(xs): return sorted(xs)"
    for task in (
        function_task("Sort.", "f", tests=textwrap.dedent(tests)),
        function_task("Sort.", "f", cases=[(([3, 1, 2],), [1, 2, 3]), (([2, 1],), [1, 2])]),
    ):
        assert verigym.verify(task, right).correct
        assert verigym.verify(task, answer).reward == 0.0


def test_a_mutable_case_is_fresh_for_each_answer() -> None:
    task = function_task("Sort.", "f", cases=[(([3, 1, 2],), [1, 2, 3])])
    for _ in range(2):
        assert verigym.verify(task, "def f(xs):\n    xs.sort()\n    return xs").correct


# ----------------------------------------------------------------------------------- no memory of it


def test_nothing_of_an_answer_is_left_for_the_next_one() -> None:
    task = PATHS["tests"]
    leave = "import builtins, sys, os\nbuiltins.secret = sys.secret = 2\nos.environ['SECRET'] = '2'\ndef f(n): return 2 * n"
    find = "import builtins, sys, os\ndef f(n): return n * (getattr(builtins, 'secret', 0) or getattr(sys, 'secret', 0) or int(os.environ.get('SECRET', 0)))"
    assert verigym.verify(task, leave).correct
    for _ in range(4):
        assert verigym.verify(task, find).status is Status.WRONG


def test_time_limits_hold_for_all_of_the_tests_together() -> None:
    task = function_task(
        "p",
        "f",
        tests="for n in range(100): assert f(n) == 2 * n",
        timeout=1,
        limits={"wall_seconds": 1},
    )
    start = time.perf_counter()
    assert (
        verigym.verify(task, "import time\ndef f(n):\n    time.sleep(1)\n    return 2 * n").status
        is Status.TIMEOUT
    )
    assert time.perf_counter() - start < 20
