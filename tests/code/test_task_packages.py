"""Installed packages in function tasks: shown where the task names them, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from verigym import verify
from verigym.envs.code import function_task
from verigym.errors import TaskError
from verigym.verdict import Status

TESTS = """
import numpy as np
def check(candidate):
    for n in range(1, 4):
        got = candidate(np.arange(n, dtype="float64"))
        assert got.shape == (n,) and got.dtype == np.float64
        np.testing.assert_array_equal(got, 2.0 * np.arange(n))
"""
DOUBLE = "import numpy as np\ndef double(xs): return np.add(xs, xs)"


@pytest.fixture(autouse=True)
def _tier_2(need_tier: Callable[[int], None]) -> None:
    need_tier(2)


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (DOUBLE, Status.CORRECT),
        ("def double(xs): return xs * 2", Status.CORRECT),
        ("def double(xs): return xs", Status.WRONG),
        ("def double(xs): return xs[:0]", Status.WRONG),
        ("def double(xs): return (2 * xs).astype('int64')", Status.WRONG),
        ("def double(xs): return list(2 * xs)", Status.WRONG),
        ("import numpy as np\nnp.testing.assert_array_equal = lambda *a: None\ndef double(xs): return xs", Status.WRONG),
        ("import numpy as np\nclass Yes(np.ndarray):\n    def __eq__(self, o): return True\ndef double(xs): return xs.view(Yes)", Status.WRONG),
    ],
)  # fmt: skip
def test_arrays_travel_as_data(answer: str, status: Status) -> None:
    task = function_task("Double an array.", "double", tests=TESTS, packages=["numpy"], timeout=20)
    verdict = verify(task, answer)
    assert verdict.status is status, verdict


def test_cases_may_need_a_package_too() -> None:
    cases = [(([1.0, 2.0],), 1.5), (([4.0],), 4.0)]
    answer = "import numpy as np\ndef mean(xs): return np.mean(xs)"
    task = function_task("The mean.", "mean", cases=cases, packages=["numpy"], timeout=20)
    assert verify(task, answer).correct
    without = function_task("The mean.", "mean", cases=cases)
    verdict = verify(without, answer)
    assert verdict.status is Status.RUNTIME_ERROR
    assert "ModuleNotFoundError" in verdict.feedback
    assert "packages" not in without.spec


def test_a_package_that_is_not_installed_is_no_fault_of_the_answer() -> None:
    task = function_task("x", "f", cases=[((1,), 2)], packages=["no_such_package_here"])
    verdict = verify(task, "def f(n): return 2")
    assert verdict.abstained
    assert "no_such_package_here" in verdict.evidence["error"]


@pytest.mark.parametrize("packages", ["numpy", [""], ["../numpy"], [3], 3, ["a b"]])
def test_what_is_no_name_is_refused(packages: Any) -> None:
    with pytest.raises(TaskError, match="packages"):
        function_task("x", "f", cases=[((1,), 2)], packages=packages)
