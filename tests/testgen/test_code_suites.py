"""Test code as an answer: right tests are paid, and what looks at anything but results is not."""

from __future__ import annotations

import ast
from typing import Any

import pytest

import verigym
from example_families import BRANCHY, FAULTY
from verigym import Status
from verigym.errors import FamilyError, SandboxError
from verigym.mutation.decoys import decoys
from verigym.mutation.mutants import fingerprint
from verigym.task import Task

PROGRAMS = ["def f(x): return x + (x > 5)", "def f(x): return x if x else 1", "def f(x): return abs(x)"]
RIGHT = "def check(candidate):\n    for x in (6, 0, -1):\n        assert candidate(x) == x"


def task(**changes: Any) -> Task:
    spec = {
        "entry_point": "f", "reference": "def f(x):\n    y = x\n    return y", "programs": PROGRAMS,
        "recorded": [], "shapes": [{"int": None}], "packages": [], "most": 4, "predict": False,
        "compare": {"mode": "strict", "relative": 0.0, "absolute": 0.0}, "form": "code",
        "floor": [1 / 3, 1 / 3, 2 / 3, 2 / 3], "decoys": ["def f(x):\n    z = x\n    return z"],
    }  # fmt: skip
    return Task(family="testgen/tests", prompt="p", spec={**spec, **changes})


def judged(posed: Task, code: str) -> verigym.Verdict:
    return verigym.verify(posed, f"```python\n{code}\n```")


@pytest.mark.parametrize(
    ("code", "status", "reward", "killed"),
    [
        (RIGHT, Status.CORRECT, 1.0, 3),
        ("assert f(6) == 6\nassert f(0) == 0\nassert f(-1) == -1", Status.CORRECT, 1.0, 3),
        ("from solution import f\nassert [f(x) for x in (6, 0, -1)] == [6, 0, -1]", Status.CORRECT, 1.0, 3),
        ("def check(c):\n    if [c(6), c(0), c(-1)] != [6, 0, -1]: raise KeyError", Status.CORRECT, 1.0, 3),
        ("assert f(6) == 6\nassert f(0) == 0", Status.PARTIAL, 0.25, 2),
        ("assert f(6) == 6\nassert f(1) == 1\nassert f(2) == 2", Status.WRONG, 0.0, 1),
        ("f(6), f(0), f(-1)", Status.WRONG, 0.0, 0),  # always passes
        ("assert f(6) == 7", Status.WRONG, 0.0, None),
        ("assert False", Status.WRONG, 0.0, None),
        ("f(6)\nassert False", Status.WRONG, 0.0, None),
        ("pass", Status.WRONG, 0.0, None),
        ("assert f(", Status.WRONG, 0.0, None),
        ("assert f(6) == 6 and f('a') == 'a'", Status.WRONG, 0.0, None),
        ("assert f(x=6) == 6", Status.WRONG, 0.0, None),
        ("assert f(6.0) == 6", Status.WRONG, 0.0, None),
        ("assert all(f(x) == x for x in range(-2, 3))", Status.WRONG, 0.0, None),  # five calls
        ("assert f(print) is print", Status.WRONG, 0.0, None),
    ],
)  # fmt: skip
def test_the_reward_follows_the_rule(
    code: str, status: Status, reward: float, killed: int | None
) -> None:
    verdict = judged(task(), code)
    assert (verdict.status, verdict.reward) == (status, pytest.approx(reward)), verdict
    assert verdict.evidence.get("killed") == killed
    assert verdict.evidence["valid"] == (killed is not None)


NEVER_PAID = [
    "import os\nos._exit(0)",
    "import os\nf(6)\nos._exit(0)",
    "import os\nif f(6) != 6 or f(0) or f(-1) != -1: os._exit(1)",
    "import sys\nf(6)\nsys.exit(0)",
    "import os, json\nf(6)\nos.write(4, b'{\"failure\": null, \"calls\": 3}')\nos._exit(0)",
    "import os, json\nf(6)\nos.write(4, b'{\"failure\": 1, \"calls\": 3}')\nos._exit(0)",
    "import os\nos.close(5)\nassert True",
    "import inspect\nassert 'y' in inspect.getsource(f)",
    "assert f.__code__.co_varnames == ('x', 'y')",
    "import sys\nassert sys.modules['solution'].__dict__['f'].__code__",
    "f(6)\nassert f.__name__ != 'f'",
    "import gc\nassert any(getattr(o, 'co_varnames', 0) == ('x', 'y') for o in gc.get_objects())",
    "import os\nf(6), f(0), f(-1)\nassert os.urandom(1)[0] % 2",
    "import time\nstart = time.perf_counter()\nf(6), f(0), f(-1)\nassert time.perf_counter() - start < 1e-9",
    "from verigym.sandbox.inside import wire, plain\n"
    "wire.send(plain.dumps({'do': 'name', 'args': ['__builtins__'], 'names': []}))\nassert b'AttributeError' not in wire.receive()",
    "from verigym.sandbox.inside import wire, plain\n"
    "wire.send(plain.dumps({'do': 'getattr', 'args': [{'object': 0}, '__code__'], 'names': []}))\nassert b'raised' not in wire.receive()",
    "from verigym.sandbox.inside import wire\nf(6)\nwire.send(b'{')\nassert False",
    "from verigym.sandbox.inside import wire\nwire.send(b'[' * 100000)\nwire.receive()",
    "class Same(int):\n    def __eq__(self, o): return True\nassert f(Same(6)) == Same(6)",
]  # fmt: skip


@pytest.mark.parametrize("code", NEVER_PAID)
def test_what_is_no_test_of_results_is_not_paid(code: str) -> None:
    verdict = judged(task(), code)
    assert verdict.reward == 0.0, verdict
    assert judged(task(), RIGHT).reward == 1.0


FORGED = """
import os
from verigym.sandbox.inside import wire, plain
seen = [f(x) for x in (6, 0, -1)]
{}
os.write(4, b'{{"failure": {{"raised": "A", "text": ""}}}}' if {} else b'{{"failure": null}}')
os._exit(0)
"""


def test_a_kill_needs_a_call_that_shows_the_fault() -> None:
    """The same program on both sides: whoever fails it by a coin or by hanging up has seen nothing."""
    same = task(programs=["def f(x): return x"], floor=[0.0] * 4, decoys=[])
    coin = "import os\nf(6)\nassert os.urandom(1)[0] > 40"
    verdicts = [judged(same, coin) for _ in range(12)]
    assert all(verdict.reward == 0.0 for verdict in verdicts)
    hangs_up = "wire.send(plain.dumps({'do': 0, 'args': [2], 'names': []}))"
    assert judged(same, FORGED.format(hangs_up, "os.urandom(1)[0] < 60")).reward == 0.0
    # A forged report is worth an assert: what decides is whether the calls showed the fault.
    assert judged(task(), FORGED.format("", "seen != [6, 0, -1]")).reward == 1.0
    assert judged(task(), FORGED.format("", "False")).reward == 0.0


def test_tests_of_the_form_of_a_program_fail_its_decoys() -> None:
    """A fingerprint by depth of the stack would tell this decoy; nothing else would."""
    deep = (
        "def f(x):\n    def g(n): return x if n == 0 else g(n - 1)\n    return g(900 if x == 3 else 0)"
    )
    asked = task(decoys=[deep], programs=["def f(x): return x + (x == 3)"], floor=[0.0] * 4)
    assert judged(asked, "assert f(3) == 3").reward == 1.0
    different = task(decoys=["def f(x): return x + (x == 6)"])
    verdict = judged(different, RIGHT)
    assert (verdict.status, verdict.reward) == (Status.WRONG, 0.0)
    assert "another right program" in verdict.feedback


@pytest.mark.parametrize("endless", ["while True: pass", "import time\nwhile True: time.sleep(1)"])
def test_endless_code_is_stopped(endless: str, monkeypatch: pytest.MonkeyPatch) -> None:
    limits = verigym.sandbox.Limits(cpu_seconds=1, wall_seconds=2)
    monkeypatch.setattr("verigym.verifiers.code_suites.LIMITS", limits)
    assert judged(task(), f"f(6)\n{endless}").reward == 0.0
    only_faulty = f"if f(6) != 6 or f(0):\n    {endless.replace(chr(10), chr(10) + '    ')}"
    verdict = judged(task(), only_faulty)
    assert verdict.reward == 0.0
    assert verdict.evidence["unfinished"] > 0


def test_programs_that_are_only_slow_are_counted_apart() -> None:
    slow = "def f(x):\n    while x == 6: pass\n    return x"
    verdict = judged(
        task(programs=[PROGRAMS[1], slow], floor=[0.0] * 4), "assert f(0) == 0\nassert f(6) == 6"
    )
    assert (verdict.evidence["killed"], verdict.evidence["overdue"]) == (1, 1)
    assert verdict.reward == 0.25
    assert judged(task(reference=slow), RIGHT).reward == 0.0


def test_recorded_programs_and_contracts_count() -> None:
    hostile = [
        "import os\ndef f(x): os._exit(0)",
        "def f(x): return x + 1",
        "def f(x): raise SystemExit",
    ]
    verdict = judged(task(recorded=hostile[1:]), RIGHT)
    assert verdict.correct
    verdict = judged(task(recorded=hostile), RIGHT)
    assert (verdict.evidence["killed"], verdict.evidence["programs"]) == (5, 6)
    assert judged(task(contract="def contract(x): return x != 6"), RIGHT).reward == 0.0
    assert judged(task(contract="def contract(x): return x < 7"), RIGHT).reward == 1.0


@pytest.mark.parametrize(
    "answer", ["", "</think>", "```python\n```", "```python\n" + "#" * 20_001 + "\n```"]
)
def test_answers_without_code_or_with_too_much_are_refused(answer: str) -> None:
    verdict = verigym.verify(task(), answer)
    assert verdict.status in (Status.NO_ANSWER, Status.MALFORMED)


def test_the_family_poses_code() -> None:
    family = verigym.family("testgen/tests", data=[FAULTY, BRANCHY], form="code")
    assert len(family.tasks()) == 2
    for posed in family.tasks():
        verdict = verigym.verify(posed, family.reference(posed))
        assert verdict.reward == 1.0
        assert posed.spec["decoys"]
        nulls = family.null_answers(posed)
        assert len(nulls) > 10
        for answer in nulls:
            assert verigym.verify(posed, answer).reward == 0.0, answer
        assert verigym.verify(posed, family.random_answer(posed, 0)).reward is not None
    for knobs in ({"form": "text"}, {"form": "code", "predict": True}):
        with pytest.raises(FamilyError, match="form is"):
            verigym.family("testgen/tests", data=[FAULTY], **knobs)


def test_a_sandbox_that_fails_is_an_abstention(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise SandboxError("gone")

    monkeypatch.setattr("verigym.verifiers.code_suites.check", fail)
    assert judged(task(), RIGHT).reward is None


REWRITTEN = '''\
import math

def f(xs, k=2):
    """Doc."""
    best = None
    seen = {}
    for i, x in enumerate(xs):
        if x in seen:
            continue
        elif x > k:
            best = max(best, x) if best is not None else x
        else:
            seen[x] = [y for y in range(i) if y]
    try:
        return best, sorted(seen), math.floor(k / len(xs))
    except ZeroDivisionError as error:
        return str(error)
'''


def test_decoys_do_the_same_and_are_written_otherwise() -> None:
    found = decoys(REWRITTEN, "f")
    assert len(found) == 4
    inputs = [([],), ([1, 5, 5, 9],), ([3, -1, 3], 0), ([7], 8)]
    prints = {fingerprint(ast.unparse(ast.parse(text))) for text in [REWRITTEN, *found]}
    assert len(prints) == 5
    results = []
    for text in [REWRITTEN, *found]:
        names: dict[str, Any] = {}
        exec(text, names)
        results.append([names["f"](*args) for args in inputs])
    assert all(result == results[0] for result in results)


@pytest.mark.parametrize(
    ("source", "word"),
    [
        ("def f(x):\n    y = x\n    return locals()", "y_"),
        ("def f(x):\n    y = x\n    def g(y): return y\n    return g(y)", "y_"),
        ("y = 1\ndef f(x):\n    global y\n    y = x\n    return y", "y_"),
        ("def f(x):\n    return x if x < 1 else f(x - 1)", "_through"),
        ("def f(x):\n    sum = x\n    def g(): return sum\n    return g()", "sum_"),
    ],
)
def test_rewrites_that_might_do_something_else_are_left_out(source: str, word: str) -> None:
    assert not any(word in text for text in decoys(source, "f"))
