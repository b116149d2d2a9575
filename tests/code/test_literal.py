"""Test code that only asserts on literals is read as data: the same verdicts, in half the time."""

from __future__ import annotations

from typing import Any

import pytest

import verigym
from verigym import Status
from verigym.envs.code import function_task
from verigym.errors import TaskError

LITERAL = [
    "assert f(1) == 2", "assert 2 == f(1)", "assert f(1) == 2, 'a message'", "assert f(1) == 2, f(3)", "assert f(n=1) == 2",
    "def check(candidate):\n    assert candidate(1) == 2\n    assert f(2) == 4", "'doc'\nMETADATA = {'a': [1]}\nassert f(1) == 2",
    "def check(fn):\n    'doc'\n    assert True, 'prints'\n    pass\n    assert fn(-1) == -2", "assert f(1) == 2\ndef check(c):\n    assert c(2) == 4",
]  # fmt: skip
CODE = [
    "assert f(1) != 3", "assert f(1)", "assert not f(0) and f(1) == 2", "assert f(1) is 2", "assert f(1) == 1 + 1", "assert 1 < f(1) == 2",
    "assert f(1) == 2 and True", "assert f(*[1]) == 2", "assert f(**{'n': 1}) == 2", "x = f(1)\nassert x == 2", "f = f\nassert f(1) == 2",
    "for n in [1]: assert f(n) == 2 * n", "import math\nassert f(1) == 2", "assert f(1) == 2\nif False: pass", "assert abs(f(1) - 2) < 1",
    "def check(candidate, k=2):\n    assert candidate(1) == 2", "assert f(int('1')) == 2", "def helper(): assert f(1) == 2\nhelper()",
    "def check(c):\n    assert c(1) == 2\ndef check(c):\n    assert c(1) == 2", "import functools\n@functools.cache\ndef check(c):\n    assert c(1) == 2",
    "def check(c):\n    return\n    assert c(1) == 2\nassert f(1) == 2", "def check(c):\n    c = f\n    assert c(1) == 2", "assert f(1) == ... or f(1) == 2",
    "check = 5\nassert f(1) == 2", "assert (f(1), 1) == (2, 1)", "assert candidate(1) == 2", "def check(c: int):\n    assert c(1) == 2",
    "def check(c, /):\n    assert c(1) == 2", "assert f(1) == 2\nassert f(2) != {1: {}}[1]", "assert f(1) == 2\nassert f(2) != '' 'x'.upper()",
]  # fmt: skip


@pytest.mark.parametrize("tests", [*LITERAL, *CODE])
def test_asserts_on_literals_are_read_as_data_and_nothing_else_is(tests: str) -> None:
    task = function_task("p", "f", tests=tests, timeout=1)
    assert ("cases" in task.spec) == (tests in LITERAL)
    assert ("tests" in task.spec) == (tests in CODE)
    assert verigym.verify(task, "def f(n): return 2 * n").status is Status.CORRECT
    assert verigym.verify(task, "def f(n): raise ValueError").reward == 0.0
    if tests in LITERAL:
        assert len(task.spec["cases"]) == tests.count("assert") - tests.count("assert True")


@pytest.mark.parametrize(
    "value",
    ["...", "{[1]}", "[" * 70 + "]" * 70, "{1: {}}[1]", "1 if 1 else 2", "(1).real", "[*[1]]", "f'x'"],
)
def test_a_literal_that_no_task_can_hold_stays_code(value: str) -> None:
    task = function_task("p", "f", tests=f"assert f(1) == 2\nassert f(2) == {value}")
    assert "tests" in task.spec


def test_only_none_expected_is_refused_as_in_cases() -> None:
    with pytest.raises(TaskError, match="does nothing"):
        function_task("p", "f", tests="assert f(1) == None")


VALUES = [
    "0", "1", "True", "False", "1.0", "-0.0", "0.0", "1+0j", "'a'", "b'a'", "None", "[1]", "(1,)", "{1}", "{1: 2}", "[1.0, True]", "set()", "[]", "()",
    "{}", "{True: 2.0}", "1e999", "''", "[[1], (2,)]",
]  # fmt: skip


@pytest.mark.parametrize("expected", VALUES)
def test_both_readings_of_an_assert_agree_with_each_other_and_with_python(expected: str) -> None:
    tests = f"assert f(1) == {expected}\nassert f() == 5"
    as_data = function_task("p", "f", tests=tests)
    as_code = function_task("p", "f", tests="_ = len('code')\n" + tests)
    assert ("cases" in as_data.spec, "tests" in as_code.spec) == (True, True)
    for got in [*VALUES, "float('nan')", "frozenset([1])", "bytearray(b'a')", "print", "1 / 0"]:
        answer = f"def f(n=0): return ({got}) if n else 5"
        verdicts = [verigym.verify(task, answer) for task in (as_data, as_code)]
        assert verdicts[0].status is verdicts[1].status, (got, verdicts)
        assert verdicts[0].correct == passes(answer, tests)


def passes(answer: str, tests: str) -> bool:
    names: dict[str, Any] = {}
    try:
        exec(answer + "\n" + tests, names)
    except (AssertionError, ZeroDivisionError):
        return False
    return True
