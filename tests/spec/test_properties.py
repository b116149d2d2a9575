"""Property-based specs: right, wrong and hostile answers."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import Any

import pytest
from small_specs import CLAMP, CLAMPED, CODEC, HEAD, PACK, clamp, codec, judged, made

from verigym import Status, Task
from verigym.envs.spec import Spec, corpus, spec_task
from verigym.errors import TaskError
from verigym.sandbox import SandboxError, shared
from verigym.sandbox.inside import plain
from verigym.sandbox.inside.harvest import learnt, literals, variants
from verigym.sandbox.inside.waves import digest
from verigym.verifiers.properties import LIVE, STORED, PropertyVerifier, corpus_hash

OTHER_PACK = """
def pack(numbers):
    return list(numbers)[::-1]

def unpack(packed):
    return packed[::-1]
"""


class TestRight:
    def test_the_reference_and_another_right_answer(self) -> None:
        task = codec()
        assert task.spec["how"] == STORED
        for answer in (PACK, OTHER_PACK, f"Like this:\n```python\n{PACK}```\n"):
            verdict = judged(task, answer)
            assert verdict.correct, verdict
            assert verdict.evidence["isolation"] == "separate"
            assert verdict.evidence["runs"] == 2
            assert [case.name for case in verdict.cases] == ["test_round_trip"]

    def test_the_same_seed_gives_the_same_task_and_another_seed_other_examples(self) -> None:
        spec = Spec("small", "properties", "Do it.", CLAMP, CLAMPED, ("clamp",))

        def task(seed: int) -> Task:
            corpus._made.clear()
            return spec_task(spec, seed, family="spec/properties", examples=10)

        one, again, other = task(1), task(1), task(2)
        assert one == again
        assert one.id != other.id
        assert one.spec["corpus_sha256"] != other.spec["corpus_sha256"]

    def test_preconditions_are_no_failures(self) -> None:
        task = clamp()
        refused = {test["name"]: len(test["examples"]) for test in task.spec["corpus"]}
        assert all(5 <= count <= 40 for count in refused.values())
        for test in task.spec["corpus"]:
            for example in test["examples"]:
                low, high = example["kwargs"]["low"], example["kwargs"]["high"]
                assert (low <= high) is (test["name"] == "test_clamped")
        assert judged(task, CLAMPED).correct


WRONG = {
    "never fails": ("raise ValueError", "return low #", Status.WRONG),
    "another exception": ("ValueError", "KeyError", Status.RUNTIME_ERROR),
    "off by one": ("min(x, high)", "min(x, high - 1)", Status.WRONG),
    "returns nothing": ("return max", "max", Status.WRONG),
    "does not end": ("return max", "while True: pass\n    return max", Status.TIMEOUT),
    "no function": ("def clamp", "def clam", Status.NO_ANSWER),
    "no Python": ("def clamp", "def (", Status.COMPILE_ERROR),
    "raises when loaded": ("def clamp", "1 / 0\ndef clamp", Status.RUNTIME_ERROR),
    "much memory": ("return max", "x = bytearray(1 << 40)\n    return max", Status.MEMORY_LIMIT),
    "exits": ("return max", "import os; os._exit(0)\n    return max", Status.RUNTIME_ERROR),
    "gives what is not plain": ("return max(low, min(x, high))", "return object()", Status.WRONG),
    "a coin": ("return max", "import random\n    if x > high: return random.choice([low, high])\n    return max", Status.WRONG),
}  # fmt: skip


def check_wrong(task: Task, wrong: str) -> None:
    old, new, status = WRONG[wrong]
    assert old in CLAMPED
    verdict = judged(task, CLAMPED.replace(old, new, 1))
    assert verdict.reward == 0.0
    assert verdict.status is status, verdict


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_answers_earn_nothing(wrong: str) -> None:
    check_wrong(clamp(timeout=1.0), wrong)


def test_the_same_with_examples_generated_when_an_answer_is_judged() -> None:
    task = clamp(timeout=1.0)
    spec = {**task.spec, "how": LIVE, "corpus": [], "corpus_sha256": corpus_hash([])}
    task = replace(task, spec=spec, id="")
    assert judged(task, CLAMPED).correct
    for wrong in ("never fails", "another exception", "exits"):
        check_wrong(task, wrong)


@pytest.mark.parametrize("members", ["[{}]", "[[{}]]", "{{0: {}}}"])
def test_results_of_any_depth_can_be_told_apart(members: str) -> None:
    value, depth = "1", 0
    while depth < plain.MAX_DEPTH - 2:
        value, depth = members.format(value), depth + members.count("[") + members.count("{{")
    told = [
        digest({"value": plain.encode(ast.literal_eval(text))})
        for text in (value, value.replace("1", "2"))
    ]
    assert told[0] != told[1]


def test_the_order_in_a_set_is_no_difference() -> None:
    one, other = {"value": {"set": [1, 2]}}, {"value": {"set": [2, 1]}}
    assert digest(one) == digest(other) != digest({"value": [1, 2]})


HOSTILE = {
    "an equal that says yes": """
class Yes(int):
    def __eq__(self, other): return True
    __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __eq__
    __hash__ = int.__hash__
def clamp(x, low, high): return Yes(7)
""",
    "a list that says yes": """
class Yes(list):
    def __eq__(self, other): return True
    def __contains__(self, other): return True
    __le__ = __ge__ = __eq__
def clamp(x, low, high): return Yes()
""",
    "an assertion of its own": "def clamp(x, low, high): raise AssertionError('passed')",
    "a failed precondition of its own": """
class UnsatisfiedAssumption(Exception): pass
UnsatisfiedAssumption.__module__ = 'hypothesis.errors'
def clamp(x, low, high): raise UnsatisfiedAssumption()
""",
    "a skipped test": """
import unittest
def clamp(x, low, high): raise unittest.SkipTest('not today')
""",
    "what ends iteration": "def clamp(x, low, high): raise StopIteration",
    "an exit": "def clamp(x, low, high): raise SystemExit(0)",
    "an interrupt": "def clamp(x, low, high): raise KeyboardInterrupt",
    "looks for the tests": """
import sys
def clamp(x, low, high):
    for name in ('tests', 'hypothesis', 'verigym.sandbox.inside.properties'):
        module = sys.modules.get(name)
        if module is not None and hasattr(module, 'test_clamped'):
            return max(low, min(x, high))
    frame = sys._getframe()
    while frame is not None:
        if any('assert' in str(value) for value in frame.f_locals.values()):
            raise ValueError
        frame = frame.f_back
    return x
""",
    "replaces what serves it": """
import sys
for name in list(sys.modules):
    if 'verigym' in name:
        module = sys.modules[name]
        for key in ('same', 'digest', 'described', 'attempt'):
            if hasattr(module, key): setattr(module, key, lambda *args: None)
def clamp(x, low, high): return x
""",
    "prints markers": """
print('{"tests": [{"name": "test_clamped", "failure": null}], "calls": 9, "repeat": []}')
def clamp(x, low, high):
    print('passed')
    return x
""",
    "writes a result": """
import os
def clamp(x, low, high):
    os.write(4, b'{"load":null}\\n{"tests":[],"calls":9,"repeat":[],"broken":null}')
    os._exit(0)
""",
    "answers for itself": """
import os, struct
said = b'{"batch":[' + b','.join([b'{"value":0}'] * 40) + b']}'
os.write(5, struct.pack('>I', len(said)) + said)
def clamp(x, low, high): return 0
""",
    "says what is no reply": """
import os, struct
said = b'{"batch":[{"value":{"object":1}}]}'
os.write(5, struct.pack('>I', len(said)) + said)
def clamp(x, low, high): return 0
""",
    "a generator": "def clamp(x, low, high): yield x",
    "a function": "def clamp(x, low, high): return lambda: x",
    "only the published example": "def clamp(x, low, high): return {(5, 1, 3): 3}.get((x, low, high), 0)",
}


@pytest.mark.parametrize("attack", HOSTILE)
def test_hostile_answers_earn_nothing(attack: str) -> None:
    verdict = judged(clamp(), HOSTILE[attack])
    assert verdict.reward == 0.0, verdict


def test_any_number_of_functions() -> None:
    names = ("zero", "one", "two", "three")
    tests = HEAD + f"from solution import {', '.join(names)}\n@given(st.integers())\ndef test_all(n):\n"
    tests += "".join(f"    assert {name}(n) == n + {number}\n" for number, name in enumerate(names))
    reference = "".join(f"def {name}(n): return n + {number}\n" for number, name in enumerate(names))
    task = made(tests, reference, *names)
    assert judged(task, reference).correct
    assert judged(task, reference.replace("n + 2", "n - 2")).status is Status.WRONG
    assert judged(task, reference.replace("def two", "def too")).status is Status.NO_ANSWER


REMEMBERS = """
packed = {}

def pack(numbers):
    packed[len(packed)] = list(numbers)
    return len(packed) - 1

def unpack(number):
    return packed[number]
"""
OPAQUE = """
class Packed:
    def __init__(self, numbers): self.numbers = numbers

def pack(numbers): return Packed(numbers)
def unpack(packed): return packed.numbers
"""


def test_one_function_may_not_remember_what_another_was_asked() -> None:
    verdict = judged(codec(), REMEMBERS)
    assert verdict.status is Status.WRONG
    assert verdict.feedback == "It does not give back the same when it is asked the same again."
    assert judged(codec(), OPAQUE).status is Status.WRONG


def test_a_result_that_hangs_on_the_calls_before_is_wrong() -> None:
    counts = CLAMPED + "calls = []\nright = clamp\ndef clamp(x, low, high):\n    calls.append(x)\n"
    always = counts + "    return right(x, low, high)\n"
    assert judged(clamp(), always).correct
    odd = counts + "    if low <= x <= high or low > high: return right(x, low, high)\n"
    odd += "    return right(x, low, high) if len(calls) % 2 else [low, high][x > high]\n"
    assert judged(clamp(), odd).correct  # the same, by another way
    changes = counts + "    return right(x, low, high) if len(calls) < 300 else None\n"
    assert judged(clamp(), changes).correct  # nobody asks so often


class TestByHeart:
    BACKDOOR = CLAMPED.replace("    return", "    if x == 77_345_123: return low - 1\n    return")

    def test_a_literal_of_the_answer_is_tried(self) -> None:
        verdict = judged(clamp(), self.BACKDOOR)
        assert verdict.status is Status.WRONG, verdict
        assert "77345123" in verdict.cases[-1].input
        assert judged(clamp(literals=False), self.BACKDOOR).correct

    def test_its_neighbours_too(self) -> None:
        hides = self.BACKDOOR.replace("x == 77_345_123", "x - 1 == 77_345_122")
        assert judged(clamp(), hides).status is Status.WRONG

    def test_what_no_example_is_like_is_not_tried(self) -> None:
        far = CLAMPED.replace(
            "    return", "    if x > 10**12: raise OverflowError(1234567890123)\n    return"
        )
        assert judged(clamp(), far).correct

    def test_where_the_reference_fails_nothing_counts(self) -> None:
        tests = (
            HEAD
            + "from solution import f\n@given(st.integers(0, 10**6))\ndef test_f(n):\n    assert f(n) == n\n"
        )
        reference = "def f(n): return n if n != 4321 else 0"
        task = made(tests, reference, "f")
        assert judged(task, "def f(n): return n if n != 4321 else 1").correct
        assert judged(task, "def f(n): return n if n != 9876 else 1").status is Status.WRONG

    def test_an_example_that_the_reference_cannot_take_hides_no_other(self) -> None:
        tests = (
            HEAD
            + "from solution import f\n@given(st.integers(0, 10**6))\ndef test_f(n):\n    assert f(n) == n\n"
        )
        task = made(
            tests, "def f(n):\n    while n == 43 * 100 + 21: pass\n    return n", "f", timeout=1.0
        )
        both = "def f(n):\n    if n == 4321: return 0\n    return 1 if n == 9876 else n"
        assert judged(task, both).status is Status.WRONG

    def test_literals_of_a_source(self) -> None:
        found = literals("x = 77; y = 'key'; z = [5, 66]; w = {'a': 9}; f(1, 0, None, True, '')")
        assert all(one in found for one in (77, 78, 76, -77, "key", "ke", [5, 66], 66, 9))
        assert 1 not in found
        assert literals("def (") == []
        assert literals("(" * 100_000) == []
        assert literals("-" * 50_000 + "1") == []

    def test_values_keep_the_shape_of_the_examples(self) -> None:
        examples: list[dict[str, Any]] = [
            {"args": [], "kwargs": {"values": sorted([n, 2 * n, 50]), "at": n % 3}}
            for n in range(1, 20)
        ]
        known = learnt(examples)
        found = [one["kwargs"] for one in variants("a = 17; b = 4000; c = 'text'", examples, known)]
        assert found
        for one in found:
            assert one["values"] == sorted(one["values"])
            assert len(one["values"]) == 3
            assert one["at"] <= 2


class TestFeedback:
    def test_by_default_no_example_is_told(self) -> None:
        verdict = judged(clamp(), "def clamp(x, low, high): return x")
        assert verdict.feedback == "A property that must hold does not."
        assert verdict.cases[-1].name == "test_clamped"
        assert "low" in verdict.cases[-1].input

    def test_on_demand_it_is(self) -> None:
        verdict = judged(clamp(feedback="all"), "def clamp(x, low, high): return x")
        assert "test_clamped" in verdict.feedback
        assert '"low"' in verdict.feedback

    def test_shrunk_on_demand(self) -> None:
        wrong = CLAMPED.replace("min(x, high)", "(x if x > 900 else min(x, high))")
        verdict = judged(clamp(shrink=True, feedback="all"), wrong)
        assert verdict.status is Status.WRONG
        assert '"x":901' in verdict.cases[-1].input
        assert '"low":0' in verdict.cases[-1].input


INVALID = {
    "a reference that fails it": (CLAMP, CLAMPED.replace("max", "min", 1), "its reference fails"),
    "a reference that raises": (CLAMP, "def clamp(x, low, high): raise KeyError", "raises in"),
    "a reference that does not load": (CLAMP, "def clamp(:", "does not load"),
    "a reference without the function": (CLAMP, "pass", "does not load"),
    "a reference that does not end": (CLAMP, "def clamp(*args):\n    while True: pass", "does not end"),
    "a reference that ends all": (CLAMP, "import os\ndef clamp(*args): os._exit(0)", "end"),
    "a reference with a coin": (
        CLAMP.replace("    assert", "    0 and"),
        "import random\ndef clamp(x, low, high):\n    if low > high: raise ValueError\n    return random.random()",
        "does not satisfy",
    ),
    "a strategy that never gives": (
        CLAMP.replace("st.integers(-50, 50), st", "st.integers().filter(lambda n: False), st"),
        CLAMPED,
        "Unsatisfiable",
    ),
    "a precondition that always fails": (CLAMP.replace("low <= high)", "low > 99)"), CLAMPED, "Unsatisfiable"),
    "a property that raises": (CLAMP.replace("got = ", "got = 1 / 0 #"), CLAMPED, "ZeroDivisionError"),
    "no test": (HEAD + "from solution import clamp\n", CLAMPED, "it has no test"),
    "tests that do not load": ("import nothing_like_it\n" + CLAMP, CLAMPED, "do not load"),
    "tests that are no Python": ("def (", CLAMPED, "do not load"),
    "tests that call nothing": (
        HEAD + "@given(st.integers())\ndef test_it(n): assert n == n\n",
        CLAMPED,
        "never call",
    ),
    "tests that end the process": ("import os\nos._exit(0)\n" + CLAMP, CLAMPED, "do not end well"),
}  # fmt: skip


@pytest.mark.parametrize("kind", INVALID)
def test_a_spec_that_cannot_judge_is_refused(kind: str) -> None:
    tests, reference, words = INVALID[kind]
    with pytest.raises(TaskError, match=words):
        made(tests, reference, "clamp", timeout=1.0)


def test_a_lazy_answer_that_passes_makes_a_spec_too_weak() -> None:
    weak = (
        HEAD
        + "from solution import f\n@given(st.integers())\ndef test_f(n): assert isinstance(f(n), int)\n"
    )
    lazy = {"constant": "def f(n): return 0"}
    with pytest.raises(TaskError, match="'constant' satisfies it"):
        made(weak, "def f(n): return n * n", "f", lazy=lazy)


class Broken:
    """A sandbox that fails."""

    workers = 1

    def run_pair(self, *_args: Any) -> Any:
        raise SandboxError("gone")


def test_a_failure_of_ours_is_an_abstention() -> None:
    verdict = PropertyVerifier(Broken()).verify(clamp(), CLAMPED)  # type: ignore[arg-type]
    assert verdict.status is Status.SANDBOX_ERROR
    assert verdict.reward is None


def test_altered_examples_are_an_abstention() -> None:
    task = clamp()
    for examples in ([], [{**task.spec["corpus"][0], "examples": []}], task.spec["corpus"][:1]):
        altered = replace(task, spec={**task.spec, "corpus": examples}, id="")
        assert judged(altered, CLAMPED).status is Status.VERIFIER_ERROR


class TestOthersTests:
    """``@given`` tests that people have, unchanged."""

    MODULE = """
import unittest
from hypothesis import HealthCheck, assume, example, given, note, settings, strategies as st
from hypothesis.strategies import composite, data, lists, integers
import solution
from solution import Stack, largest

@composite
def ordered(draw):
    return sorted(draw(lists(integers(), min_size=1)))

settings.register_profile("ci", max_examples=10)
LIMIT = settings(max_examples=30, suppress_health_check=list(HealthCheck))

@LIMIT
@example([3, 1])
@given(ordered())
def test_largest(values):
    note(str(values))
    assert largest(values) == values[-1] or values == [3, 1]

def test_one():
    assert solution.largest([1]) == 1

class TestLargest:
    def setup_method(self):
        self.extra = [10**9]

    @given(values=lists(integers(0, 9)), more=data())
    def test_more(self, values, more):
        another = more.draw(integers(0, 9), label="another")
        assert largest([*values, another, *self.extra]) == 10**9

class OfUnittest(unittest.TestCase):
    @given(lists(integers(), min_size=1))
    def test_it_is_a_member(self, values):
        self.assertIn(largest(values), values)
"""
    REFERENCE = "def largest(values): return max(values)\nclass Stack: pass\n"

    def test_they_are_run(self) -> None:
        task = made(self.MODULE, self.REFERENCE, "largest", examples=None)
        names = [test["name"] for test in task.spec["corpus"]]
        expected = [
            "test_largest",
            "test_one",
            "TestLargest.test_more",
            "OfUnittest.test_it_is_a_member",
        ]
        assert sorted(names) == sorted(expected)
        assert task.spec["how"] == STORED
        assert judged(task, self.REFERENCE).correct
        for wrong in ("min(values)", "values[0]", "None"):
            assert judged(task, self.REFERENCE.replace("max(values)", wrong)).reward == 0.0

    def test_examples_that_are_no_data_are_generated_when_an_answer_is_judged(self) -> None:
        tests = HEAD + "from solution import apply\nfrom fractions import Fraction\n"
        tests += "@given(st.fractions(), st.integers())\ndef test_it(half, n):\n"
        tests += "    assert apply(n, half.numerator) == n * half.numerator\n"
        task = made(tests, "def apply(n, m): return n * m", "apply")
        assert task.spec["how"] == LIVE
        assert judged(task, "def apply(n, m): return m * n").correct
        assert judged(task, "def apply(n, m): return n").status is Status.WRONG

    def test_what_is_drawn_after_a_call_is_generated_too(self) -> None:
        tests = HEAD + "from solution import split\n"
        tests += "@given(st.text(min_size=1), st.data())\ndef test_it(text, data):\n"
        tests += "    parts = split(text)\n    at = data.draw(st.integers(0, len(parts) - 1))\n"
        tests += "    assert parts[at] == text[at]\n"
        task = made(tests, "def split(text): return list(text)", "split")
        assert task.spec["how"] == LIVE
        assert judged(task, "def split(text): return [*text]").correct
        assert judged(task, "def split(text): return [text]").status is Status.WRONG

    def test_functions_may_be_passed(self) -> None:
        tests = HEAD + "from solution import each\n"
        tests += "@given(st.lists(st.integers()))\ndef test_it(values):\n"
        tests += "    assert each(lambda n: n + 1, values) == [n + 1 for n in values]\n"
        task = made(tests, "def each(f, values): return [f(n) for n in values]", "each")
        assert task.spec["corpus"][0]["serial"]
        assert judged(task, "def each(f, values): return list(map(f, values))").correct
        assert judged(task, "def each(f, values): return values").status is Status.WRONG

    def test_classes_are_judged_one_call_at_a_time(self) -> None:
        tests = HEAD + "from solution import Stack\n"
        tests += (
            "@given(st.lists(st.integers(), min_size=1))\ndef test_it(values):\n    stack = Stack()\n"
        )
        tests += "    for value in values: stack.push(value)\n"
        tests += "    assert [stack.pop() for _ in values] == values[::-1]\n"
        reference = (
            "class Stack:\n    def __init__(self): self.items = []\n"
            "    def push(self, value): self.items.append(value)\n    def pop(self): return self.items.pop()\n"
        )
        task = made(tests, reference, "Stack")
        assert task.spec["how"] == STORED
        assert judged(task, reference).correct
        assert judged(task, reference.replace("pop()", "pop(0)")).status is Status.WRONG


def test_nothing_of_the_spec_is_imported_here() -> None:
    import sys

    codec()
    assert "tests" not in sys.modules or not hasattr(sys.modules["tests"], "test_round_trip")
    assert CODEC
    assert shared().workers >= 1
