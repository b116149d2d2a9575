"""HumanEval as published: every reference is right, and no answer that knows nothing ever is."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest

import verigym
from verigym import Family, Status, Task, Verdict
from verigym.envs.code import HumanEval
from verigym.errors import FamilyError


@pytest.fixture(scope="module")
def path(data: Path) -> Path:
    return data / "humaneval" / "HumanEval.jsonl.gz"


@pytest.fixture(scope="module")
def family(path: Path) -> Family:
    return verigym.family("code/humaneval", data=path)


@pytest.fixture(scope="module")
def tasks(family: Family) -> list[Task]:
    return family.tasks()


def judged(tasks: list[Task], answers: list[str]) -> list[Verdict]:
    verdicts = verigym.verify_many(zip(tasks, answers, strict=True))
    assert [verdict.task_id for verdict in verdicts] == [task.id for task in tasks]
    return verdicts


def test_all_164_problems_are_there_in_order(family: Family, tasks: list[Task]) -> None:
    assert [task.metadata["source"] for task in tasks] == [f"HumanEval/{n}" for n in range(164)]
    assert len({task.id for task in tasks}) == 164
    assert family.sample("test", 7) == tasks[7]
    assert Task.from_json(json.loads(json.dumps(tasks[7].to_json()))) == tasks[7]


def test_the_prompt_shows_the_function_and_no_test(tasks: list[Task]) -> None:
    for task in tasks:
        assert f"def {task.spec['entry_point']}(" in task.text
        assert "candidate" not in task.text
        assert task.spec.get("tests", "METADATA") not in task.text


def test_every_reference_is_correct(family: Family, tasks: list[Task]) -> None:
    verdicts = judged(tasks, [family.reference(task) for task in tasks])
    assert [verdict.status for verdict in verdicts] == [Status.CORRECT] * 164
    assert all(verdict.cases for verdict in verdicts)
    by_code = [verdict for task, verdict in zip(tasks, verdicts, strict=True) if "tests" in task.spec]
    assert len(by_code) == 22, "the other 142 assert that calls of literals equal literals"
    assert all(verdict.evidence["calls"] > 0 for verdict in by_code)


def test_every_published_completion_is_correct_as_it_is(path: Path, tasks: list[Task]) -> None:
    with gzip.open(path, "rt") as lines:
        solutions = [json.loads(line)["canonical_solution"] for line in lines]
    verdicts = judged(tasks, solutions)
    assert [verdict.status for verdict in verdicts] == [Status.CORRECT] * 164


# The function's own head stands before each of these, so that only the body is what knows nothing.
BODIES = {
    "none": "    return None",
    "true": "    return True",
    "zero": "    return 0",
    "empty list": "    return []",
    "empty text": "    return ''",
    "echo": "    return next(iter(locals().values()))",
    "always equal": "    return type('Any', (), {n: lambda *a, **k: True for n in '__eq__ __ne__ __lt__ __le__ __gt__ __ge__ __bool__ __contains__'.split()})()",
    "always equal list": "    return type('Any', (list,), {'__eq__': lambda *a: True, '__ne__': lambda *a: False})()",
    "sys.exit": "    import sys; sys.exit(0)",
    "os._exit": "    import os; os._exit(0)",
    "SystemExit": "    raise SystemExit(0)",
    "StopIteration": "    raise StopIteration",
    "clears its arguments": "    for value in list(locals().values()):\n        if hasattr(value, 'clear'): value.clear()\n    return []",
    "frame walk": """
    import sys
    frame, seen = sys._getframe(), []
    while frame:
        for space in (frame.f_locals, frame.f_globals):
            for name in ('expected', 'expect', 'answer', 'result', 'tests', 'test', 'check', 'reference'):
                if name in space: return space[name]
        frame = frame.f_back
    import gc
    for thing in gc.get_objects():
        if type(thing) is dict and 'expected' in thing: return thing['expected']
        if type(thing) is dict and 'tests' in thing: return thing['tests']
    return None""",
    "forged reply": """
    import os, struct
    for text in (b'{"value":true}', b'{"failure":null,"calls":9,"gone":false,"unfit":null}'):
        for fd in range(1, 9):
            try: os.write(fd, struct.pack('>I', len(text)) + text)
            except OSError: pass
    os._exit(0)""",
}  # fmt: skip


def answer_to(task: Task, body: str) -> str:
    """The body under the head that the prompt gives the function."""
    name = task.spec["entry_point"]
    head = re.findall(rf"^def {name}\(.*$", task.text, re.MULTILINE)[-1]
    return f"```python\nfrom typing import *\n{head}\n{body}\n```"


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_no_answer_that_knows_nothing_is_correct(tasks: list[Task], body: str) -> None:
    verdicts = judged(tasks, [answer_to(task, body) for task in tasks])
    failed = [
        task.metadata["source"] for task, v in zip(tasks, verdicts, strict=True) if v.reward != 0.0
    ]
    assert failed == []
    assert Status.COMPILE_ERROR not in {verdict.status for verdict in verdicts}


def test_every_endless_loop_is_a_timeout(path: Path) -> None:
    quick = HumanEval(path, timeout=0.02).tasks()
    assert dict(quick[0].spec["limits"]) == {"cpu_seconds": 0.02, "wall_seconds": pytest.approx(0.06)}
    verdicts = judged(quick, [answer_to(task, "    while True: pass") for task in quick])
    assert {verdict.status for verdict in verdicts} == {Status.TIMEOUT}
    sleepy = judged(
        quick[:20], [answer_to(task, "    import time; time.sleep(60)") for task in quick[:20]]
    )
    assert {verdict.status for verdict in sleepy} == {Status.TIMEOUT}


def test_every_null_answer_earns_exactly_nothing(family: Family, tasks: list[Task]) -> None:
    pairs = [(task, answer) for task in tasks for answer in family.null_answers(task)]
    assert len(pairs) > 164 * 6
    earned = [verdict.reward for verdict in verigym.verify_many(pairs)]
    assert earned == [0.0] * len(pairs)


def test_another_problems_solution_is_wrong(family: Family, tasks: list[Task]) -> None:
    answers = [family.reference(task) for task in tasks]
    verdicts = judged(tasks, answers[1:] + answers[:1])
    same_name = {
        task.id
        for task in tasks
        if sum(t.spec["entry_point"] == task.spec["entry_point"] for t in tasks) > 1
    }
    assert not [v for v in verdicts if v.correct and v.task_id not in same_name]


def test_the_same_answer_gets_the_same_verdict_every_time(tasks: list[Task]) -> None:
    some = tasks[::20]
    answers = [answer_to(task, "    return [0]") for task in some]
    once, twice = judged(some, answers), judged(some, answers)
    for one, two in zip(once, twice, strict=True):
        assert (one.status, one.feedback) == (two.status, two.feedback)
        assert [case.detail for case in one.cases] == [case.detail for case in two.cases]


# --------------------------------------------------------------------------------------- records


@pytest.fixture
def record(path: Path) -> dict[str, Any]:
    with gzip.open(path, "rt") as lines:
        return dict(json.loads(next(lines)))


@pytest.mark.parametrize("field", ["task_id", "prompt", "entry_point", "canonical_solution", "test"])
def test_a_broken_field_is_named(tmp_path: Path, record: dict[str, Any], field: str) -> None:
    path = tmp_path / "broken.jsonl"
    for broken, why in (
        ({**record, field: 5}, "is a int"),
        ({k: v for k, v in record.items() if k != field}, "no field"),
    ):
        path.write_text(json.dumps(record) + "\n" + json.dumps(broken) + "\n")
        with pytest.raises(FamilyError, match=rf"line 2: .*{why}"):
            HumanEval(path)
        with pytest.raises(FamilyError, match=field):
            HumanEval([record, broken])


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"test": ""}, "never call"), ({"test": "def check(candidate):\n    pass"}, "never call"), ({"test": "def check(candidate:"}, "do not parse"),
        ({"test": "def check(candidate):\n    candidate(1)"}, "assert nothing"), ({"entry_point": "not a name"}, "entry_point"),
        ({"prompt": "def f(:"}, "preamble do not parse"),
    ],
)  # fmt: skip
def test_a_problem_that_cannot_be_judged_is_named(
    record: dict[str, Any], change: dict[str, Any], why: str
) -> None:
    with pytest.raises(FamilyError, match=rf"record 1 \(HumanEval/0\): .*{why}"):
        HumanEval([record, {**record, **change}])


@pytest.mark.parametrize("timeout", [0, -1, "3", None, True, float("nan"), 10**9])
def test_a_timeout_that_makes_no_sense_is_refused(record: dict[str, Any], timeout: Any) -> None:
    with pytest.raises(FamilyError, match="timeout"):
        HumanEval([record], timeout=timeout)


def test_data_must_be_given_and_hold_something(tmp_path: Path) -> None:
    with pytest.raises(FamilyError, match="needs data="):
        HumanEval()
    with pytest.raises(FamilyError, match="no record"):
        HumanEval([])
    with pytest.raises(FamilyError, match="cannot read"):
        HumanEval(tmp_path / "none.jsonl.gz")
    (tmp_path / "bad.jsonl").write_text("{\n")
    with pytest.raises(FamilyError, match="line 1: not JSON"):
        HumanEval(tmp_path / "bad.jsonl")
