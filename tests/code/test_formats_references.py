"""References are put to the test, in the sandbox: a task whose own fails is invalid, and said to be."""

from __future__ import annotations

from typing import Any

import pytest
from published_records import family_of
from test_formats_mbpp import FULL, SANITIZED

from verigym.envs.code.references import invalid_tasks, values_of
from verigym.errors import FamilyError, SandboxError, TaskError
from verigym.sandbox import Limits
from verigym.sandbox.inside import plain

WRONG = {**FULL, "task_id": 8, "code": "def double(n): return n * 3"}
ENDLESS = {**FULL, "task_id": 10, "code": "def double(n):\n  while True: pass"}
CRASHES = {**SANITIZED, "task_id": 11, "code": "def halves(xs): import os; os._exit(0)"}


def test_failing_references_are_found_with_the_reason() -> None:
    family = family_of("code/mbpp", FULL, WRONG, SANITIZED, ENDLESS, CRASHES, timeout=0.3)
    found = invalid_tasks(family)
    assert [invalid.task.metadata["source"] for invalid in found] == ["MBPP/8", "MBPP/10", "MBPP/11"]
    assert "wrong" in found[0].why
    assert "got 6" in found[0].why
    assert "expected 4" in found[0].why
    assert "timeout" in found[1].why
    assert "runtime_error" in found[2].why
    assert str(found[0]).startswith("MBPP/8: its reference fails its own tests")
    assert invalid_tasks(family, family.tasks()[:1]) == []


def test_they_are_left_out_when_asked_for() -> None:
    family = family_of("code/mbpp", FULL, WRONG, skip_failing=True)
    assert [task.metadata["source"] for task in family.tasks()] == ["MBPP/7"]
    assert len(family.skipped) == 1
    assert family.skipped[0].startswith("MBPP/8: its reference fails")
    with pytest.raises(FamilyError, match="no record that can be judged: MBPP/8"):
        family_of("code/mbpp", WRONG, skip_failing=True)
    broken = {**FULL, "test_list": []}
    family = family_of("code/mbpp", broken, FULL, WRONG, skip_failing=True, skip_invalid=True)
    assert family.size() == 1
    assert len(family.skipped) == 2
    assert "record 0 (7): field 'test_list' is empty" in family.skipped[0]


def test_a_sandbox_that_fails_says_nothing_of_a_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any) -> None:
        raise SandboxError("down")

    family = family_of("code/mbpp", FULL)
    monkeypatch.setattr(type(family.verifier._calls), "judge", fail)
    with pytest.raises(SandboxError, match="down"):
        invalid_tasks(family)


def calls(*args: Any) -> list[dict[str, Any]]:
    return [{"args": [plain.encode(arg)], "kwargs": {"dict": []}} for arg in args]


@pytest.mark.parametrize(
    ("source", "match"),
    [
        ("def f(n): return 1 / n", "fails at call 1: raises ZeroDivisionError"),
        ("def f(n): return object()", "fails at call 0: a object is not plain"),
        ("def f(n: return n", "does not load"),
        ("def g(n): return n", "does not load"),
        ("import os; os._exit(0)", "does not load: It ended early"),
        ("def f(n):\n  import os\n  os._exit(0)", "stops at call 0: It ended early"),
        ("def f(n):\n  if n == 0:\n    while True: pass\n  return n", "stops at call 1: It ran out of time"),
        ("import os\nos.write(4, b'{\"load\":null}\\n' + b'[' * 99999 + b'\\n')\nos._exit(0)", "call"),
        ("import os\nos.write(4, b'{\"load\":null}\\n[]\\n7\\n')\nos._exit(0)", "call 0: no result"),
    ],
)  # fmt: skip
def test_a_reference_that_does_not_give_its_results(source: str, match: str) -> None:
    with pytest.raises(TaskError, match=match):
        values_of([source], "f", calls(3, 0), Limits(cpu_seconds=0.3, wall_seconds=2))


def test_a_reference_gives_its_results_as_plain_data() -> None:
    found = values_of(["K = 2", "def f(n): return (n, {K})"], "f", calls(3, None), Limits())
    assert [plain.decode(tree) for tree in found] == [(3, {2}), (None, {2})]
