"""Suites that cover a program are paid, by goals that agree with what the interpreter traces."""

from __future__ import annotations

import ast
import json
import sys
from typing import Any

import pytest

import verigym
from example_families import BRANCHY
from verigym import Status
from verigym.errors import FamilyError, SandboxError
from verigym.sandbox.inside import goals, plain, ticks
from verigym.task import Task
from verigym.verifiers.observe import Kind, call, observe

WALK = '''\
def f(xs, k):
    """Several kinds
    of statements."""
    total = 0
    for x in xs:
        if x == k:
            break
        elif x < 0:
            total -= 1
            continue
        total += 1 if x > 2 else 2
    else:
        total = -total
    while total > 3 and k:
        total -= 1
    try:
        total //= k
    except ZeroDivisionError:
        total = 7
    finally:
        k = total

    def inner(y):
        return [z for z in xs if z > y]
    match k:
        case 7:
            return inner(1)
        case n if n > 1:
            k = 0
    return (lambda a: a or k)(total)
'''
WALKS = [([], 0), ([5], 5), ([-1, 3], 2), ([1, 2, 3, 4], 9), ([4, 4, 4], 1), ([9, 8, 1], 1), ([1], -1)]


def reached(source: str, args: Any, watch: str = "conditions") -> set[str]:
    ((found,),) = observe([source], "f", [call([plain.encode(one) for one in args])], watch=watch)
    assert found.kind is Kind.VALUE, found
    return set(found.reached)


def traced(source: str, args: Any) -> tuple[set[int], Any]:
    """The lines that the interpreter itself says that it executes."""
    names: dict[str, Any] = {}
    exec(compile(source, "traced.py", "exec"), names)
    lines: set[int] = set()

    def trace(frame: Any, event: str, _: Any) -> Any:
        if frame.f_code.co_filename != "traced.py":
            return None
        if event == "line":
            lines.add(frame.f_lineno)
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        value = names["f"](*args)
    finally:
        sys.settrace(before)
    return lines, value


def lines_of(found: set[str]) -> set[int]:
    names = [name.removeprefix("line ") for name in found]
    return {int(name) for name in names if name.isdigit()}


def every_goal(source: str, operands: bool = False) -> list[str]:
    return goals.watched(ast.parse(source), operands)


@pytest.mark.parametrize("args", WALKS)
def test_statements_agree_with_the_interpreters_trace(args: Any) -> None:
    lines, _ = traced(WALK, args)
    statements = lines_of(set(every_goal(WALK)))
    assert lines_of(reached(WALK, args)) == lines & statements
    assert len(statements) == 21


def test_watching_changes_nothing_that_a_program_does() -> None:
    tree = ast.parse(WALK)
    goals.watched(tree, operands=True)
    ticks.instrumented(tree)
    names: dict[str, Any] = {
        goals.REACHED: lambda name: None,
        goals.TURNED: lambda place, value: value,
        ticks.TICK: lambda: True,
    }
    exec(compile(tree, "x", "exec"), names)
    for args in WALKS:
        assert names["f"](*args) == traced(WALK, args)[1]


@pytest.mark.parametrize(
    ("source", "args", "more"),
    [
        ("def f(x):\n    if x: return 1\n    return 2", [1], {"line 2, columns 8 to 8: true"}),
        ("def f(x):\n    if x: return 1\n    return 2", [0], {"line 2, columns 8 to 8: false"}),
        ("def f(x):\n    return 1 if x else 2", [[]], {"line 2, columns 17 to 17: false"}),
        ("def f(x):\n    return [y for y in x if y]", [[]], set()),
        (
            "def f(x):\n    return [y for y in x if y]",
            [[0, 1]],
            {"line 2, columns 29 to 29: false", "line 2, columns 29 to 29: true"},
        ),
        ("def f(x):\n    for y in x: break", [[1]], set()),
        ("def f(x):\n    for y in x: break", [[]], {"line 2: the loop runs out"}),
        ("def f(x):\n    for y in x: return y", [[1]], set()),
        ("def f(x):\n    while True:\n        return x", [1], set()),
        ("def f(x):\n    match x:\n        case 1: return", [2], {"line 2: no case fits"}),
        ("def f(x):\n    match x:\n        case 1 | _: return", [2], set()),
        ("def f(x):\n    match x:\n        case y: return", [2], set()),
        (
            "def f(x):\n    match x:\n        case y if y > 3: return",
            [2],
            {"line 2: no case fits", "line 3, columns 19 to 23: false"},
        ),
        ('def f(x):\n    return f"{1 if x else 2}"', [2], set()),
        ("class f:\n    def __init__(self, x): self.x = x\n    def __new__(cls, x): return x", [2], set()),
    ],
)  # fmt: skip
def test_outcomes_are_told_apart(source: str, args: Any, more: set[str]) -> None:
    assert {name for name in reached(source, args) if ":" in name} == more
    assert reached(source, args) <= set(every_goal(source))


def test_operands_are_goals_on_demand() -> None:
    source = "def f(x, y):\n    return x and y or 3"
    assert reached(source, [1, 0]) == {"line 2"}
    assert reached(source, [1, 0], "operands") == {
        "line 2", "line 2, columns 12 to 12: true", "line 2, columns 12 to 18: false",
    }  # fmt: skip
    assert len(every_goal(source, True)) == 5


def task(**changes: Any) -> Task:
    source = "def f(x):\n    if x > 5:\n        return x\n    return [1, 2][x] if x else 0\n"
    spec = {
        "entry_point": "f", "reference": source, "watch": "conditions", "most": 3,
        "goals": every_goal(source), "shapes": [{"int": None}], "packages": [],
        "compare": {"mode": "strict", "relative": 0.0, "absolute": 0.0}, "floor": [4 / 7, 5 / 7, 5 / 7],
    }  # fmt: skip
    return Task(family="testgen/cover", prompt="p", spec={**spec, **changes})


def judged(posed: Task, answer: Any) -> verigym.Verdict:
    return verigym.verify(posed, answer if isinstance(answer, str) else json.dumps(answer))


@pytest.mark.parametrize(
    ("inputs", "status", "reward", "met"),
    [
        ([[6], [1], [0]], Status.CORRECT, 1.0, 7),
        ([[0]], Status.WRONG, 0.0, 4),
        ([[6], [0]], Status.PARTIAL, 0.25, 6),
        ([[0], [1]], Status.WRONG, 0.0, 5),
        ([[6], [0], [0]], Status.WRONG, 0.0, 6),
        ([[6], [1], ["a"]], Status.WRONG, 0.0, 6),
        ([[6], [1], [3]], Status.WRONG, 0.0, 6),
        ([[6], [1], [0, 0]], Status.WRONG, 0.0, 6),
        ([[6], [1], [True]], Status.WRONG, 0.0, 6),
    ],
)
def test_the_reward_follows_the_rule(
    inputs: list[Any], status: Status, reward: float, met: int
) -> None:
    verdict = judged(task(), inputs)
    assert (verdict.status, verdict.reward) == (status, pytest.approx(reward)), verdict
    assert verdict.evidence["reached"] == met
    assert (met == 7) is ("Not reached" not in verdict.feedback)


def test_inputs_outside_of_the_contract_earn_nothing() -> None:
    asked = task(contract="def contract(x): return x != 6")
    assert judged(asked, [[6], [1], [0]]).reward == 0.0
    assert judged(asked, [[7], [1], [0]]).reward == 1.0
    assert judged(task(contract="x"), [[7], [1], [0]]).reward is None


@pytest.mark.parametrize(
    "source",
    ["def f(x):\n    while x: pass\n    return 1", "import os\ndef f(x): return os.getpid()",
     "import os\ndef f(x):\n    os._exit(0)", "import random\ndef f(x): return random.random()"],
)  # fmt: skip
def test_programs_that_do_not_end_or_repeat_themselves_make_no_input_valid(source: str) -> None:
    verdict = judged(task(reference=source, goals=["line 2"]), [[1]])
    assert (verdict.status, verdict.reward) == (Status.WRONG, 0.0)


@pytest.mark.parametrize(
    "answer",
    ["[]", "{}", "[1]", "[[6], 1]", "[[6]] [[0]]", "[[NaN]]", '[{"args": [6]}]', "[[1],[2],[3],[4]]",
     "[" * 60_000, "def f(x): pass", '[["line 2"]', '[[{"object": "x"}]]', "line 2; line 3"],
)  # fmt: skip
def test_malformed_suites_are_refused(answer: str) -> None:
    verdict = judged(task(), answer)
    assert (verdict.status, verdict.reward) == (Status.MALFORMED, 0.0)


def test_the_family_poses_what_can_be_reached() -> None:
    dead = {
        **BRANCHY,
        "reference": BRANCHY["reference"] + "    if x == 10 ** 9: return 5\n    return 1",
    }
    family = verigym.family("testgen/cover", data=[BRANCHY, dead])
    assert len(family.tasks()) == 2
    for posed in family.tasks():
        verdict = judged(posed, family.reference(posed))
        assert verdict.reward == 1.0
        assert posed.spec["reference"] in posed.text
        assert len(posed.spec["known"]) == posed.spec["most"] == 3
        assert "line 5" not in posed.spec["goals"]
        for answer in family.null_answers(posed):
            assert judged(posed, answer).reward == 0.0, answer
        rewards = {judged(posed, family.random_answer(posed, seed)).reward for seed in range(5)}
        assert rewards != {1.0}
        assert judged(posed, [posed.spec["inputs"][0]] * 3).reward == 0.0
    assert family.tasks()[0].id == verigym.family("testgen/cover", data=[BRANCHY]).tasks()[0].id


def test_more_drawn_inputs_find_rarer_goals() -> None:
    head, body = BRANCHY["reference"].split("\n", 1)
    rare = {**BRANCHY, "reference": f"{head}\n    if x == low == high:\n        return x\n{body}"}
    counts = [
        verigym.family("testgen/cover", data=[rare], drawn=drawn).tasks()[0].difficulty["goals"]
        for drawn in (1, 400)
    ]
    assert counts[0] < counts[1]


@pytest.mark.parametrize(
    ("record", "knobs", "words"),
    [
        ({}, {"most": 0}, "most is 0"),
        ({}, {"drawn": 1001}, "drawn is 1001"),
        ({}, {"operands": 1}, "operands must be"),
        ({}, {"most": 1}, "take 3 inputs, and at most 1"),
        ({"reference": "def clamp(*a): return 1"}, {}, "one input reaches all"),
        ({"reference": "def clamp(a, b, c): return 1 if a else 2"}, {}, "constants reach all"),
        ({"reference": None}, {}, "and a reference"),
        ({"contract": "def contract(*a): return False"}, {}, "allows none"),
        ({"contract": "x"}, {}, "contract does not load"),
        ({"contract": 3}, {}, "'contract' must be"),
    ],
)
def test_bad_records_and_knobs_are_told(
    record: dict[str, Any], knobs: dict[str, Any], words: str
) -> None:
    changed = {k: v for k, v in {**BRANCHY, **record}.items() if v is not None}
    with pytest.raises(FamilyError, match=words):
        verigym.family("testgen/cover", data=[changed], **knobs)


def test_a_sandbox_that_fails_is_an_abstention(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise SandboxError("gone")

    monkeypatch.setattr("verigym.verifiers.suite_answers.observe", fail)
    assert judged(task(), [[1]]).reward is None
