"""Efficiency: a right function must not cost more, in the long run, than the reference."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import verigym
from verigym.envs.code.efficiency import Efficiency, efficiency_task
from verigym.errors import FamilyError, TaskError
from verigym.task import Task
from verigym.verdict import Status, Verdict

PAIRS: dict[str, Any] = {
    "prompt": "pairs(xs): how many pairs of equal numbers are in xs?",
    "entry_point": "pairs",
    "cases": [[[[1, 1, 2, 1]], 3], [[[]], 0], [[[5, 6]], 0]],
    "reference": "from collections import Counter\n"
    "def pairs(xs): return sum(n * (n - 1) // 2 for n in Counter(xs).values())",
    "generate": "def generate(size): return [[i * i % 97 for i in range(size)]]",
    "sizes": [1000, 3000, 9000],
}
SLOW = "def pairs(xs): return sum(a == b for i, a in enumerate(xs) for b in xs[:i])"


def pairs(**changes: Any) -> Task:
    return efficiency_task(**{**PAIRS, **changes})


def judge(answer: str, **changes: Any) -> Verdict:
    return verigym.verify(pairs(**changes), answer)


@pytest.mark.parametrize(
    "answer",
    [
        PAIRS["reference"],
        f"Here it is:\n```python\n{PAIRS['reference']}\n```",
        "def pairs(xs):\n    seen, n = {}, 0\n    for x in xs:\n        n += seen.get(x, 0)\n        seen[x] = seen.get(x, 0) + 1\n    return n",
        "def pairs(xs):\n    n = run = 0\n    xs = sorted(xs)\n    for a, b in zip(xs, xs[1:]):\n        run = run + 1 if a == b else 0\n        n += run\n    return n",
    ],
    ids=["reference", "in prose", "dict", "n log n"],
)  # fmt: skip
def test_what_grows_alike_is_correct(answer: str) -> None:
    verdict = judge(answer)
    assert verdict.status is Status.CORRECT, verdict.feedback
    assert [cost["size"] for cost in verdict.evidence["costs"]] == PAIRS["sizes"]
    assert [case.name for case in verdict.cases][-3:] == ["size 1000", "size 3000", "size 9000"]


@pytest.mark.parametrize(
    "answer",
    [
        SLOW,
        "def pairs(xs): return sum(xs.count(x) - 1 for x in xs) // 2",
        # What a clock inside would not see: a child, a thread, a clock turned back.
        "import os\ndef pairs(xs):\n    r, w = os.pipe()\n    if not os.fork():\n        os.write(w, b'%d' % (sum(xs.count(x) - 1 for x in xs) // 2))\n        os._exit(0)\n    os.wait()\n    return int(os.read(r, 99))",
        "import threading\ndef pairs(xs):\n    out = []\n    t = threading.Thread(target=lambda: out.append(sum(xs.count(x) - 1 for x in xs) // 2))\n    t.start(); t.join()\n    return out[0]",
        "import time\ntime.process_time = time.perf_counter = time.time = lambda: 0.0\n" + SLOW,
        # Precomputed while it loads.
        "T = sum(1 for i in range(3000) for j in range(3000))\ndef pairs(xs): return sum(xs.count(x) - 1 for x in set(xs) for _ in range(xs.count(x))) // 2",
    ],
    ids=["pairs", "count", "child", "thread", "clock", "at import"],
)  # fmt: skip
def test_what_grows_faster_is_not(answer: str) -> None:
    verdict = judge(answer)
    assert (verdict.status, verdict.reward) == (Status.TIMEOUT, 0.0)
    assert "It is right, but" in verdict.feedback


def test_growth_alone_is_told_where_any_constant_is_allowed() -> None:
    verdict = judge(SLOW, factor=1e6, sizes=[400, 1200, 3600])
    assert verdict.status is Status.TIMEOUT
    assert "grows faster" in verdict.feedback
    assert verdict.evidence["candidate_power"] > 1.5


def test_an_exponential_solution_of_a_linear_problem() -> None:
    task = efficiency_task(
        "fib(n) modulo 10**9 + 7",
        "fib",
        cases=[((n,), value) for n, value in enumerate([0, 1, 1, 2, 3, 5, 8])],
        reference="def fib(n):\n    a, b = 0, 1\n    for _ in range(n): a, b = b, (a + b) % (10**9 + 7)\n    return a",
        generate="def generate(size): return [size]",
        sizes=[20, 40, 80],
    )  # fmt: skip
    assert verigym.verify(task, task.spec["reference"]).correct
    doubling = "def fib(n):\n    return n if n < 2 else (fib(n - 1) + fib(n - 2)) % (10**9 + 7)"
    assert verigym.verify(task, doubling).status is Status.TIMEOUT
    assert verigym.verify(task, f"import functools\n@functools.cache\n{doubling}").correct


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ("def pairs(xs): return 0", Status.WRONG),
        ("def pairs(xs): return 3 if len(xs) == 4 else 0", Status.WRONG),
        (f"{PAIRS['reference']}\nright = pairs\ndef pairs(xs): return right(xs) + (len(xs) > 999)", Status.WRONG),
        (f"{PAIRS['reference']}\nright = pairs\ndef pairs(xs): return right(xs) if len(xs) < 999 else 1 / 0", Status.WRONG),
        (f"{PAIRS['reference']}\nright = pairs\nimport os\ndef pairs(xs): return right(xs) if len(xs) < 999 else os._exit(0)", Status.WRONG),
        (f"{PAIRS['reference']}\nright = pairs\nimport os\ndef pairs(xs): return right(xs) if len(xs) < 999 else os.abort()", Status.RUNTIME_ERROR),
        ("", Status.NO_ANSWER),
        ("def pears(xs): return 0", Status.NO_ANSWER),
    ],
)  # fmt: skip
def test_what_is_wrong_is_wrong_at_any_size(answer: str, status: Status) -> None:
    verdict = judge(answer, reward="partial")
    assert (verdict.status, verdict.reward) == (status, 0.0)


def test_a_right_and_slow_function_may_earn_a_part() -> None:
    verdict = judge(SLOW, reward="partial", sizes=[10, 20, 3000])
    assert (verdict.status, verdict.reward) == (Status.PARTIAL, pytest.approx(1 / 3))
    assert judge(PAIRS["reference"], reward="partial").reward == 1.0
    assert judge("def pairs(xs): return 0", reward="partial").reward == 0.0


@pytest.mark.parametrize(
    "changes",
    [
        {"generate": "def generate(size): return 1 / 0"},
        {"generate": "def generate(size): return size"},
        {"generate": "def generate(size): return [object()]"},
        {"generate": "generate = 3"},
        {"reference": "def pairs(xs): return 0 if len(xs) < 9 else 1 / 0"},
        {"reference": "def pears(xs): return 0"},
    ],
)
def test_a_task_that_is_broken_is_an_abstention(changes: dict[str, Any]) -> None:
    verdict = judge(PAIRS["reference"], **changes)
    assert verdict.abstained
    assert verdict.evidence["error"].startswith("TaskError")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"sizes": [5]}, "sizes must be"),
        ({"sizes": "123"}, "sizes must be"),
        ({"sizes": [1] * 99}, "sizes must be"),
        ({"sizes": [5, 5]}, "must ascend"),
        ({"sizes": [0, 5]}, "from 1 up"),
        ({"sizes": [1, True]}, "from 1 up"),
        ({"sizes": [1, 2.0]}, "from 1 up"),
        ({"factor": 0.5}, "factor is 0.5"),
        ({"factor": float("nan")}, "factor is nan"),
        ({"growth": -1}, "growth is -1"),
        ({"growth": "1"}, "growth is '1'"),
        ({"reward": "some"}, "reward is 'some'"),
        ({"generate": "def make(size): pass"}, "generate must be"),
        ({"generate": "def generate(size): ("}, "generate"),
        ({"cases": []}, "cases is empty"),
        ({"timeout": 0}, "timeout is 0"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(TaskError, match=why):
        pairs(**changes)
    if not isinstance(changes.get("sizes"), str):
        with pytest.raises(FamilyError, match=f"record 0: .*{why}"):
            Efficiency(data=[{**PAIRS, **changes}])


def test_the_family_knows_its_reference_and_its_null_answers() -> None:
    family = Efficiency(data=[PAIRS])
    (task,) = family.tasks()
    assert verigym.verify(task, family.reference(task)).correct
    for null in family.null_answers(task):
        assert verigym.verify(task, null).reward == 0.0
    assert Task.from_json(task.to_json()) == task


def test_packages_are_there_at_every_size(need_tier: Callable[[int], None]) -> None:
    need_tier(2)
    answer = f"import numpy\n{PAIRS['reference']}"
    assert judge(answer, packages=["numpy"], reference=answer, timeout=20).correct
    assert judge(answer).status is Status.RUNTIME_ERROR
