"""Classes judged by state machines: right, wrong, hostile and malformed answers."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import settings

from verigym import Status, Task, Verdict
from verigym.envs.spec.loading import Spec
from verigym.envs.spec.stateful import Stateful, stateful_task
from verigym.errors import FamilyError, TaskError
from verigym.sandbox import Sandbox
from verigym.sandbox import open as open_sandbox
from verigym.verifiers.stateful import StatefulVerifier

HEAD = """\
from hypothesis import assume, strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple
from hypothesis.stateful import precondition, rule
"""
STACK_TESTS = (
    HEAD
    + """
from solution import Stack

class Stacks(RuleBasedStateMachine):
    @initialize(most=st.integers(1, 3))
    def start(self, most):
        self.stack, self.model, self.most = Stack(most), [], most

    @rule(value=st.integers(0, 9))
    def push(self, value):
        if len(self.model) == self.most:
            try:
                self.stack.push(value)
            except OverflowError:
                return
            raise AssertionError("a full stack took more")
        assert self.stack.push(value) is None
        self.model.append(value)

    @precondition(lambda self: self.model)
    @rule()
    def pop(self):
        assert self.stack.pop() == self.model.pop()

    @precondition(lambda self: len(self.stack) == 0)
    @rule()
    def pop_of_none(self):
        assert self.stack.pop() is None

    @invariant()
    def length(self):
        assert len(self.stack) == len(self.model)

    @invariant(check_during_init=True)
    def always(self):
        pass

    def teardown(self):
        if hasattr(self, "stack"):
            assert self.stack.items() == self.model

TestStacks = Stacks.TestCase
"""
)
STACK = """\
class Stack:
    def __init__(self, most):
        self.most, self.values = most, []

    def push(self, value):
        if len(self.values) >= self.most:
            raise OverflowError("full")
        self.values.append(value)

    def pop(self):
        return self.values.pop() if self.values else None

    def items(self):
        return list(self.values)

    def __len__(self):
        return len(self.values)
"""
SPEC = Spec(
    name="stack", kind="stateful", statement="Write a Stack of at most so many values.", tests=STACK_TESTS,
    reference=STACK, entry_points=("Stack",), timeout=1.0,
    lazy={"nothing": "class Stack:\n    def __init__(self, most): pass\n    def push(self, value): pass\n    def pop(self): pass\n    def items(self): return []\n    def __len__(self): return 0\n"},
)  # fmt: skip

HANDLES_TESTS = (
    HEAD
    + """
from solution import Pool

class Pools(RuleBasedStateMachine):
    handles = Bundle("handles")
    pairs = Bundle("pairs")

    def __init__(self):
        super().__init__()
        self.pool, self.values = Pool(), {}

    @rule(target=handles, value=st.integers(0, 99))
    def add(self, value):
        handle = self.pool.add(value)
        self.values[id(handle)] = (handle, value)
        return handle

    @rule(targets=(handles, pairs), data=st.data())
    def add_some(self, data):
        found = [self.add(value) for value in data.draw(st.lists(st.integers(0, 9), max_size=2))]
        return multiple(*found)

    @rule(handle=handles)
    def get(self, handle):
        if id(handle) in self.values:
            assert self.pool.get(handle) == self.values[id(handle)][1]

    @rule(handle=consumes(handles), other=st.integers(0, 5))
    def drop(self, handle, other):
        assume(id(handle) in self.values)
        assert self.pool.drop(handle) is True
        del self.values[id(handle)]
        assert self.pool.total() == sum(value for _, value in self.values.values())
"""
)
HANDLES = """\
class Node:
    def __init__(self, value): self.value = value
class Pool:
    def __init__(self): self.nodes = []
    def add(self, value):
        self.nodes.append(Node(value))
        return self.nodes[-1]
    def get(self, node): return node.value
    def drop(self, node):
        self.nodes.remove(node)
        return True
    def total(self): return sum(node.value for node in self.nodes)
"""
POOL = Spec(
    name="pool", kind="stateful", statement="Write a Pool.", tests=HANDLES_TESTS, reference=HANDLES,
    entry_points=("Pool",), objects=("add",), timeout=1.0,
)  # fmt: skip


@pytest.fixture(scope="module")
def box(need_tier: Callable[[int], None]) -> Iterator[Sandbox]:
    need_tier(2)
    with open_sandbox("local", workers=2) as box:
        yield box


def made(box: Sandbox, spec: Spec = SPEC, **options: Any) -> Task:
    task = stateful_task(spec, 3, sandbox=box, **{"examples": 40, "steps": 12, **options})
    limits = {**task.spec["limits"], "wall_seconds": 60}  # a busy machine is no answer's fault
    return replace(task, spec={**task.spec, "limits": limits}, id="")


@pytest.fixture(scope="module")
def task(box: Sandbox) -> Task:
    return made(box, feedback="all")


Judge = Callable[[Task, str], Verdict]


@pytest.fixture
def judged(box: Sandbox) -> Judge:
    return StatefulVerifier(box).verify


def test_the_reference_is_paid(task: Task, judged: Judge) -> None:
    verdict = judged(task, f"```python\n{STACK}```")
    assert verdict.reward == 1.0, verdict
    assert verdict.evidence["skipped"] == 0
    assert verdict.evidence["taken"] >= sum(len(told["steps"]) for told in task.spec["sequences"])
    other = STACK.replace("self.values.append(value)", "self.values = [*self.values, value]")
    assert judged(task, other).reward == 1.0


WRONG = {
    "last in, last out": STACK.replace("self.values.pop()", "self.values.pop(0)"),
    "no bound": STACK.replace(">= self.most", ">= 99"),
    "other error": STACK.replace("OverflowError", "ValueError"),
    "gives back": STACK.replace("self.values.append(value)", "self.values.append(value); return 0"),
    "true for an int": STACK.replace("return len(self.values)", "return len(self.values) + 1"),
    "shared": STACK.replace("self.most, self.values = most, []", "self.most = most").replace("class Stack:", "class Stack:\n    values = []"),
    "an equal of all": "class E:\n    def __eq__(s, o): return True\n    def __hash__(s): return 0\n    def __len__(s): return 0\n    def __bool__(s): return True\n"
    + STACK.replace("return self.values.pop() if self.values else None", "return E()"),
    "lies": "class Stack:\n    def __init__(s, *a): pass\n    def __getattr__(s, n): return lambda *a: s\n    def __eq__(s, o): return True\n    def __len__(s): return s\n    __class__ = list\n",
    "a list that lies": "class L(list):\n    def __eq__(s, o): return True\n    def __len__(s): return 0\n" + STACK.replace("return list(self.values)", "return L([99])"),
    "not the second time": "import itertools\nN = itertools.count()\n" + STACK.replace("return self.values.pop() if", "return 7 if next(N) > 40 else self.values.pop() if"),
    "by a coin": "import random\n" + STACK.replace("return list(self.values)", "return list(self.values) + [1] * (random.random() < 0.3)"),
    "says it is empty": STACK.replace("return len(self.values)", "import sys\n        return 0"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_wrong_classes_earn_nothing(task: Task, judged: Judge, name: str) -> None:
    verdict = judged(task, WRONG[name])
    assert verdict.reward == 0.0, verdict
    assert verdict.status in (Status.WRONG, Status.RUNTIME_ERROR)


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ("I do not know.", Status.COMPILE_ERROR), ("x = 1", Status.NO_ANSWER), ("class Stack", Status.COMPILE_ERROR), ("1 / 0", Status.RUNTIME_ERROR),
        ("class Stack: pass", Status.RUNTIME_ERROR), ("def Stack(most): return None", Status.WRONG), ("Stack = print", Status.WRONG),
        ("import os\n" + STACK.replace("return list", "os._exit(0); return list"), Status.RUNTIME_ERROR),
        (STACK.replace("return list", "while True: pass\n        return list"), Status.TIMEOUT),
        (STACK.replace("return self.values.pop() if", "return 1 / 0 if"), Status.RUNTIME_ERROR),
        ("import os\nfor fd in range(3, 9):\n    try: os.close(fd)\n    except OSError: pass\n" + STACK, Status.RUNTIME_ERROR),
        ("import os\nos.write(4, b'{\"failure\": null}')\n" + STACK.replace("return list(self.values)", "return []"), None),
    ],
)  # fmt: skip
def test_programs_that_fail_or_forge_earn_nothing(
    task: Task, judged: Judge, answer: str, status: Status | None
) -> None:
    verdict = judged(task, answer)
    assert verdict.reward == 0.0, verdict
    assert status in (None, verdict.status)


def test_a_candidate_that_never_replies_runs_out_of_time(task: Task, judged: Judge) -> None:
    silent = "import sys\nsys.modules['verigym.sandbox.inside.wire'].send = lambda data: None\n" + STACK
    short = replace(
        task, spec={**task.spec, "limits": {**task.spec["limits"], "wall_seconds": 1}}, id=""
    )
    verdict = judged(short, silent)
    assert (verdict.status, verdict.reward) == (Status.TIMEOUT, 0.0)


def test_a_failure_is_told_as_a_program(task: Task, judged: Judge) -> None:
    verdict = judged(task, WRONG["last in, last out"])
    lines = verdict.feedback.splitlines()
    assert lines[1].startswith("s = Stack(")
    assert any(line.startswith("s.push(") for line in lines)
    assert lines[-2].startswith("s.pop()  # ")
    assert lines[-1].startswith("AssertionError")
    assert verdict.cases[0].input == "\n".join(lines[1:-1])
    gone = judged(task, "import os\n" + STACK.replace("return self.values.pop() if", "os._exit(0) if"))
    assert gone.feedback.splitlines()[-2] == "s.pop()", gone.feedback
    hidden = replace(task, spec={**task.spec, "feedback": "status"}, id="")
    assert "push" not in judged(hidden, WRONG["last in, last out"]).feedback


def test_steps_that_a_failure_does_not_need_are_left_out_on_demand(task: Task, judged: Judge) -> None:
    wrong = STACK.replace("self.values.append(value)", "self.values.append(min(value, 8))")
    whole = judged(task, wrong).cases[0].input.splitlines()
    shrunk = judged(replace(task, spec={**task.spec, "shrink": True}, id=""), wrong)
    short = shrunk.cases[0].input.splitlines()
    assert shrunk.reward == 0.0
    assert [line.partition("(")[0] for line in short if "len" not in line] in (
        ["s = Stack", "s.push", "s.pop"], ["s = Stack", "s.push", "s.items"],
    )  # fmt: skip
    assert len(short) <= len(whole)


def test_objects_that_disturb_each_other_are_wrong(task: Task, judged: Judge) -> None:
    last = "ALL = []\n" + STACK.replace("self.most, self.values = most, []", "self.most, self.values = most, []\n        ALL.append(self)").replace(
        "return list(self.values)", "return list(ALL[-1].values)")  # fmt: skip
    verdict = judged(task, last)
    assert (verdict.status, verdict.reward) == (Status.WRONG, 0.0)
    assert "where there are others" in verdict.feedback


def test_no_candidate_talks_its_way_out_of_a_step(box: Sandbox, judged: Judge) -> None:
    tests = STACK_TESTS.replace(
        "self.model)\n    @rule()\n    def pop(", "len(self.stack))\n    @rule()\n    def pop("
    )
    tests = tests.replace("assert len(self.stack) == len(self.model)", "pass").replace("assert self.stack.items() == self.model", "pass")  # fmt: skip
    spec = made(box, replace(SPEC, tests=tests, lazy={}))
    assert judged(spec, STACK).reward == 1.0
    verdict = judged(spec, STACK.replace("return len(self.values)", "return 0"))
    assert (verdict.status, verdict.reward) == (Status.WRONG, 0.0)
    assert "says of itself" in verdict.feedback


def test_steps_that_become_impossible_are_not_skipped_without_end(box: Sandbox, judged: Judge) -> None:
    tests = HANDLES_TESTS.replace("            assert self.pool.get(handle) == self.values[id(handle)][1]", "            assert self.pool.get(handle) is not None")  # fmt: skip
    tests = tests.replace(
        "return handle\n", "return handle if self.pool.kept(handle) else multiple()\n", 1
    )
    reference = HANDLES + "    def kept(self, node): return True\n"
    spec = made(box, replace(POOL, tests=tests, reference=reference), steps=20)
    assert judged(spec, reference).reward == 1.0
    verdict = judged(spec, reference.replace("node): return True", "node): return False"))
    assert verdict.reward == 0.0, verdict


def test_handles_go_back_to_where_they_came_from(box: Sandbox, judged: Judge) -> None:
    task = made(box, POOL, feedback="all")
    rules = {step["rule"] for told in task.spec["sequences"] for step in told["steps"]}
    assert rules == {"add", "add_some", "get", "drop"}
    assert any("draws" in step for told in task.spec["sequences"] for step in told["steps"])
    assert judged(task, HANDLES).reward == 1.0
    wrong = judged(task, HANDLES.replace("self.nodes.remove(node)", "self.nodes.pop()"))
    assert wrong.reward == 0.0
    assert any(line.startswith(("p.drop(x", "p.get(x")) for line in wrong.feedback.splitlines())
    for lie in (
        HANDLES.replace("return self.nodes[-1]", "return 7"),
        HANDLES.replace("return self.nodes[-1]", "return self.nodes[0]"),
        HANDLES.replace("def get(self, node): return node.value", "def get(self, node): return node"),
    ):
        assert judged(task, lie).reward == 0.0, lie


def test_sequences_are_fixed_by_their_seed_and_their_hash(
    box: Sandbox, task: Task, judged: Judge
) -> None:
    assert made(box, feedback="all").id == task.id
    assert (
        stateful_task(SPEC, 4, examples=40, steps=12, sandbox=box).spec["sequences"]
        != task.spec["sequences"]
    )
    cut = replace(task, spec={**task.spec, "sequences": task.spec["sequences"][:1]}, id="")
    for altered in (cut, replace(task, spec={**task.spec, "sequences": []}, id="")):
        verdict = judged(altered, STACK)
        assert (verdict.status, verdict.reward) == (Status.VERIFIER_ERROR, None)


def test_the_machine_runs_unchanged_under_hypothesis(monkeypatch: pytest.MonkeyPatch) -> None:
    solution = types.ModuleType("solution")
    exec(STACK, solution.__dict__)
    monkeypatch.setitem(sys.modules, "solution", solution)
    names: dict[str, Any] = {"__name__": "machine"}
    exec(STACK_TESTS, names)
    test = names["TestStacks"]
    test.settings = settings(max_examples=5, deadline=None, database=None)
    test("runTest").runTest()


MACHINE = HEAD + "from solution import Stack\nclass M(RuleBasedStateMachine):\n"


@pytest.mark.parametrize(
    ("tests", "why"),
    [
        ("", "must define a RuleBasedStateMachine"), (HEAD, "must define"), ("def test_x(): pass", "must define"), ("1 / 0", "ZeroDivisionError.*line 1"),
        (MACHINE + "    def x(self): pass", "no rules"), (MACHINE + "    @rule()\n    def x(self): 1 / 0", "reference fails it: ZeroDivisionError"),
        (MACHINE + "    @rule()\n    def x(self): assert Stack(2).pop() == 1", "reference fails it: AssertionError"),
        (MACHINE + "    @rule(x=st.builds(object))\n    def x(self, x): Stack(2)", "cannot be recorded: rule x is given a object"),
        (MACHINE + "    @rule(x=st.nothing())\n    def x(self, x): Stack(2)", "fails it"),
        (MACHINE + "    @rule(x=st.integers())\n    def x(self, x): assert x is not Stack", "never called"),
        (MACHINE + "    @rule()\n    def x(self):\n        while True: pass", "does not end well: It ran out of time"),
        ("import os\nos._exit(0)", "does not end well"), ("from solution import Heap", "ImportError"),
    ],
)  # fmt: skip
def test_a_spec_that_makes_no_test_is_an_invalid_task(
    box: Sandbox, tests: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = replace(sys.modules["verigym.envs.spec.stateful"].REHEARSING, cpu_seconds=2)  # type: ignore[attr-defined]
    monkeypatch.setattr("verigym.envs.spec.stateful.REHEARSING", limits)
    with pytest.raises(TaskError, match=why):
        made(box, replace(SPEC, tests=tests, lazy={}), examples=8)


@pytest.mark.parametrize(("reference", "why"), [("class Stack", "SyntaxError"), ("", "ImportError"), ("class Stack: pass", "TypeError")])  # fmt: skip
def test_a_reference_that_fails_makes_no_task(box: Sandbox, reference: str, why: str) -> None:
    with pytest.raises(TaskError, match=why):
        made(box, replace(SPEC, reference=reference, lazy={}), examples=8)


def test_a_lazy_answer_that_is_right_makes_no_task(box: Sandbox) -> None:
    with pytest.raises(TaskError, match="'same' satisfies it"):
        made(box, replace(SPEC, lazy={"same": STACK}))


@pytest.mark.parametrize("knobs", [{"steps": 0}, {"examples": "9"}, {"steps": 1000}, {"feedback": "public"}, {"shrink": 1}, {"data": []}])  # fmt: skip
def test_what_makes_no_sense_is_refused(knobs: dict[str, Any]) -> None:
    record = {"statement": "s", "tests": STACK_TESTS, "reference": STACK, "entry_points": ["Stack"]}
    with pytest.raises(FamilyError):
        Stateful(**{"data": [record], **knobs})
