"""Functions judged by calls: what is right passes however it is written, what is wrong says why."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import Any

import pytest

import verigym
from verigym import Status, Task, Verdict
from verigym.envs.code import Functions, function_task
from verigym.errors import FamilyError, TaskError


def by_tests(tests: str, wall: float = 20, **options: Any) -> Task:
    """A task judged by test code: the first line keeps plain asserts from being read as data."""
    tests = "_ = len('code')\n" + textwrap.dedent(tests)
    return function_task(
        "Write f.", "f", tests=tests, timeout=1, limits={"wall_seconds": wall}, **options
    )


def by_cases(*cases: Any, wall: float = 20, **options: Any) -> Task:
    limits = {"wall_seconds": wall}
    return function_task("Write f.", "f", cases=cases, timeout=1, limits=limits, **options)


def judge(task: Task, answer: str) -> Verdict:
    return verigym.verify(task, textwrap.dedent(answer))


def status(task: Task, answer: str) -> Status:
    return judge(task, answer).status


# ------------------------------------------------------------------------------------ both paths

DOUBLE = {
    "check": by_tests(
        "def check(candidate):\n    assert candidate(2) == 4\n    assert candidate(-1) == -2\n"
    ),
    "asserts": by_tests("assert f(2) == 4\nassert candidate(-1) == -2\n"),
    "both": by_tests("def check(fn):\n    assert fn(2) == 4\nassert f(-1) == -2\n"),
    "cases": by_cases(((2,), 4), ([-1], -2)),
    "keywords": by_cases(
        {"args": [], "kwargs": {"n": 2}, "expected": 4}, {"args": (-1,), "expected": -2}
    ),
}
path = pytest.mark.parametrize("task", DOUBLE.values(), ids=DOUBLE)


@path
def test_a_right_function_is_correct_and_leaves_evidence(task: Task) -> None:
    verdict = judge(task, "def f(n): return 2 * n")
    assert (verdict.status, verdict.reward, verdict.feedback) == (Status.CORRECT, 1.0, "Correct.")
    assert verdict.evidence["isolation"] == "separate"
    assert verdict.evidence["tier"] >= 1
    assert verdict.timings["total"] > 0
    assert {case.status for case in verdict.cases} == {Status.CORRECT}
    json.dumps(verdict.to_json(), allow_nan=False)


FAILURES = [
    ("def f(n): return n + 1", Status.WRONG),
    ("def f(n): return None", Status.WRONG),
    ("def f(n): return print", Status.WRONG),
    ("def f(n): return 1 / 0", Status.RUNTIME_ERROR),
    ("def f(n): raise ValueError(n)", Status.RUNTIME_ERROR),
    ("def f(): return 4", Status.RUNTIME_ERROR),
    ("def f(n): return f(n)", Status.RUNTIME_ERROR),
    ("def f(n): exit()", Status.RUNTIME_ERROR),
    ("import os\ndef f(n): os._exit(0)", Status.RUNTIME_ERROR),
    ("import os\ndef f(n): os.abort()", Status.RUNTIME_ERROR),
    ("def f(n):\n    while True: pass", Status.TIMEOUT),
    ("def f(n): return [0] * 10**10", Status.MEMORY_LIMIT),
    ("while True: pass", Status.TIMEOUT),
    ("def f(n): return", Status.WRONG),
    ("def f(n) return n", Status.COMPILE_ERROR),
    ("def f(n):\nreturn n", Status.COMPILE_ERROR),
    ("return 2", Status.COMPILE_ERROR),
    ("\0", Status.COMPILE_ERROR),
    ("def f(n): return '\ud800", Status.COMPILE_ERROR),
    ("(" * 5000 + ")" * 5000, Status.COMPILE_ERROR),
    ("-" * 200_000 + "1", Status.COMPILE_ERROR),
    ("def g(n): return 2 * n", Status.NO_ANSWER),
    ("f = 4", Status.NO_ANSWER),
    ("I do not know", Status.COMPILE_ERROR),
    ("import nonsense\ndef f(n): return 2 * n", Status.RUNTIME_ERROR),
    ("1 / 0\ndef f(n): return 2 * n", Status.RUNTIME_ERROR),
    ("input()\ndef f(n): return 2 * n", Status.RUNTIME_ERROR),
    ("", Status.NO_ANSWER),
    ("\ufeff", Status.NO_ANSWER),
    ("<think>def f(n): return 2 * n", Status.NO_ANSWER),
    ("```python\n```", Status.NO_ANSWER),
]  # fmt: skip


@pytest.mark.parametrize("task", [DOUBLE["check"], DOUBLE["cases"]], ids=["tests", "cases"])
@pytest.mark.parametrize(
    ("answer", "expected"), FAILURES, ids=[repr(answer)[:40] for answer, _ in FAILURES]
)
def test_a_failing_function_fails_as_what_it_did(task: Task, answer: str, expected: Status) -> None:
    verdict = verigym.verify(task, answer)
    assert verdict.status is expected, verdict
    assert verdict.reward == 0.0
    json.dumps(verdict.to_json(), allow_nan=False, ensure_ascii=False).encode()


@pytest.mark.parametrize("task", [by_tests("assert f(2) == 4", wall=1), by_cases(((2,), 4), wall=1)])
def test_a_function_that_sleeps_runs_out_of_time(task: Task) -> None:
    verdict = verigym.verify(task, "import time\ndef f(n): time.sleep(60)")
    assert (verdict.status, verdict.reward) == (Status.TIMEOUT, 0.0)


FEEDBACK = [
    ("def f(n): return 4", "A hidden test failed.", "1 of 2 cases passed."),
    (
        "import math\n\ndef f(n):\n    return math.sqrt(-1)\n",
        "A hidden test failed. It raised ValueError in its line 4.",
        "It raised ValueError in its line 4. 0 of 2 cases passed.",
    ),
    (
        "class Odd(Exception): pass\ndef f(n):\n    if n == 2: return 4\n    raise Odd(n)\n",
        "A hidden test failed. It raised an exception of its own in its line 4.",
        "It raised an exception of its own in its line 4. 1 of 2 cases passed.",
    ),
    (
        "def f(n): yield 2 * n",
        "A hidden test failed.",
        "It gave back what is not plain data. 0 of 2 cases passed.",
    ),
    (
        "import os\ndef f(n): return 4 if n == 2 else os.abort()",
        "It was ended by signal 6.",
        "It was ended by signal 6. 1 of 2 cases passed.",
    ),
    ("x = 1\ny = z\n", *["Loading your program raised NameError in its line 2."] * 2),
    ("def f(n):\n    x = = 1", *["Loading your program raised SyntaxError in its line 2."] * 2),
    ("def g(n): return 4", *["The function that was asked for is not defined."] * 2),
]


@pytest.mark.parametrize(("answer", "of_tests", "of_cases"), FEEDBACK, ids=[row[0] for row in FEEDBACK])
def test_feedback_says_what_a_policy_can_use(answer: str, of_tests: str, of_cases: str) -> None:
    assert judge(DOUBLE["check"], answer).feedback == of_tests
    assert judge(DOUBLE["cases"], answer).feedback == of_cases


def test_results_that_are_large_together_can_be_right() -> None:
    task = by_cases(*(((n,), "x" * 3_000_000 + str(n)) for n in range(4)))
    assert status(task, "def f(n): return 'x' * 3_000_000 + str(n)") is Status.CORRECT
    assert judge(task, "def f(n): return 'y' * 9_000_000").reward == 0.0
    with pytest.raises(TaskError, match="at most"):
        by_cases(((1,), "x" * 9_000_000))


# ------------------------------------------------------------------------------- benign oddities

ODDITIES = {
    "fenced": "Here you are:\n```python\ndef f(n):\n    return 2 * n\n```\nI hope this helps!",
    "two fences": "First idea:\n```python\ndef f(n): return n\n```\nBetter:\n```python\ndef f(n): return 2 * n\n```\n",
    "tildes": "~~~\ndef f(n): return 2 * n\n~~~",
    "answer tag": "<think>maybe n?</think><answer>```py\ndef f(n): return 2 * n\n```</answer>",
    "indented fence": "1. Like this:\n   ```python\n   def f(n):\n       return 2 * n\n   ```\n",
    "crlf": "```python\r\ndef f(n):\r\n    return 2 * n\r\n```\r\n",
    "tabs": "def f(n):\n\tif n:\n\t\treturn 2 * n\n\treturn 0\n",
    "bom": "\ufeffdef f(n):\n    return 2 * n\n",
    "bom and fence": "\ufeff```python\n\ufeffdef f(n): return 2 * n\n```",
    "future import": "from __future__ import annotations\ndef f(n: Nonsense) -> Unknown: return 2 * n",
    "encoding line": "#!/usr/bin/env python3\n# -*- coding: latin-1 -*-\ndef f(n): return 2 * n # é",
    "main block": "def f(n): return 2 * n\nif __name__ == '__main__':\n    print(f(int(input())))\n    exit(1)",
    "prints": "print('hello')\ndef f(n):\n    print('debug', n)\n    return 2 * n",
    "prints much": "def f(n):\n    print('x' * 500_000)\n    return 2 * n",
    "writes to stderr": "import sys\ndef f(n):\n    sys.stderr.write('x' * 500_000)\n    return 2 * n",
    "lambda": "f = lambda n: 2 * n",
    "annotated lambda": "from typing import Callable\nf: Callable[[int], int] = lambda n: 2 * n",
    "partial": "import functools, operator\nf = functools.partial(operator.mul, 2)\ndef _n(): pass",
    "cached": "import functools\n@functools.cache\ndef f(n): return 2 * n",
    "callable object": "class D:\n    def __call__(self, n): return 2 * n\nf = D()",
    "method": "class S:\n    def f(self, n): return 2 * n\nf = S().f",
    "nested helpers": "def f(n):\n    def add(a, b):\n        nonlocal_ = a + b\n        return nonlocal_\n    return add(n, n)",
    "unicode names": "def größe(ñ): return 2 * ñ\ndef f(n): return größe(ñ=n)",
    "global state": "calls = 0\ndef f(n):\n    global calls\n    calls += 1\n    return 2 * n",
    "recursion": "def f(n, depth=0): return 2 * n if depth > 800 else f(n, depth + 1)",
    "raised limit": "import sys\nsys.setrecursionlimit(10**5)\ndef f(n, depth=0): return 2 * n if depth > 5000 else f(n, depth + 1)",
    "thread": "import threading\ndef f(n):\n    out = []\n    t = threading.Thread(target=lambda: out.append(2 * n))\n    t.start(); t.join()\n    return out[0]",
    "pool left open": "from concurrent.futures import ThreadPoolExecutor\npool = ThreadPoolExecutor(2)\ndef f(n): return pool.submit(lambda: 2 * n).result()",
    "endless thread": "import threading, time\nthreading.Thread(target=lambda: time.sleep(99)).start()\ndef f(n): return 2 * n",
    "dataclass": "from __future__ import annotations\nfrom dataclasses import dataclass, field\n@dataclass(order=True)\nclass P:\n    n: int\n    l: list[int] = field(default_factory=list)\ndef f(n): return P(n).n * 2",
    "namedtuple": "from typing import NamedTuple\nclass P(NamedTuple):\n    n: int\ndef f(n): return P(n).n * 2",
    "enum": "import enum\nclass E(enum.IntEnum):\n    A = 4\n    B = -2\ndef f(n): return E(2 * n)",
    "own int": "class I(int): pass\ndef f(n): return I(2 * n)",
    "pickles": "import pickle\nclass A: pass\ndef f(n): return 2 * n if isinstance(pickle.loads(pickle.dumps(A())), A) else 0",
    "own exception": "class Done(Exception): pass\ndef f(n):\n    try: raise Done\n    except Done: return 2 * n",
    "catches all": "def f(n):\n    try: 1 / 0\n    except: pass\n    finally: return 2 * n",
    "signal handler": "import signal\nsignal.signal(signal.SIGTERM, lambda *a: None)\ndef f(n): return 2 * n",
    "atexit": "import atexit\natexit.register(print, 'bye')\ndef f(n): return 2 * n",
    "del builtins": "def f(n): return 2 * n\nimport builtins\ndel builtins.print",
    "shadowed builtins": "list = dict = str = int = len = None\ndef f(n): return 2 * n",
    "rebinds names": "candidate = check = proxy = time = plain = None\ndef f(n): return 2 * n",
    "defaults": "def f(n, *rest, k=2, **more): return k * n",
    "match": "def f(n):\n    match n:\n        case int(): return 2 * n",
    "walrus": "def f(n): return (m := n) + m",
    "long": "def f(n): return 2 * n\n" + "# filler\n" * 50_000,
    "closes everything": "import os\nfor fd in (0, 1, 2): os.close(fd)\ndef f(n): return 2 * n",
    "closes stdout": "import sys\nsys.stdout.close()\ndef f(n): return 2 * n",
    "reads stdin": "import sys\nassert sys.stdin.read() == ''\ndef f(n): return 2 * n",
    "reads itself": "def f(n): return 2 * n\nassert __name__ != '__main__'",
}  # fmt: skip


@pytest.mark.parametrize("task", [DOUBLE["check"], DOUBLE["cases"]], ids=["tests", "cases"])
@pytest.mark.parametrize("answer", ODDITIES.values(), ids=ODDITIES)
def test_a_right_function_is_correct_however_it_is_written(task: Task, answer: str) -> None:
    verdict = verigym.verify(task, answer)
    assert verdict.status is Status.CORRECT, verdict


RICH = {
    "OrderedDict": ("from collections import OrderedDict as D\ndef f(): return D([('b', 2), ('a', 1)])", {"a": 1, "b": 2}),
    "defaultdict": ("from collections import defaultdict as D\ndef f(): return D(list, {1: [2]})", {1: [2]}),
    "Counter": ("from collections import Counter\ndef f(): return Counter('aab')", {"a": 2, "b": 1}),
    "namedtuple": ("from collections import namedtuple\ndef f(): return namedtuple('P', 'x y')(1, 2)", (1, 2)),
    "str subclass": ("class S(str): pass\ndef f(): return S('text')", "text"),
    "str enum": ("import enum\nclass E(str, enum.Enum):\n    A = 'text'\ndef f(): return E.A", "text"),
    "list subclass": ("class L(list): pass\ndef f(): return L([1, L([2])])", [1, [2]]),
    "bool flag": ("import enum\nclass F(enum.IntFlag):\n    A = 4\ndef f(): return F.A", 4),
    "nested": ("def f(): return {'k': [(1, {2, 3}), b'x', 1.5, None, True]}", {"k": [(1, {2, 3}), b"x", 1.5, None, True]}),
    "big int": ("def f(): return 10 ** 6000", 10**6000),
    "nan": ("def f(): return [float('nan')]", [float("nan")]),
    "surrogate": ("def f(): return '\\ud800\\0'", "\ud800\0"),
    "large": ("def f(): return list(range(50_000))", list(range(50_000))),
}  # fmt: skip


@pytest.mark.parametrize(("answer", "expected"), RICH.values(), ids=RICH)
def test_what_equals_the_expected_value_is_right(answer: str, expected: Any) -> None:
    assert status(by_cases(((), expected)), answer) is Status.CORRECT
    if not answer.startswith("def f(): return ["):  # NaN, which == refuses, and what is large
        value = hex(expected) if type(expected) is int else repr(expected)
        tests = f"expected = {value}\nassert f() == expected and not f() != expected"
        assert status(by_tests(tests), answer) is Status.CORRECT


def test_types_matter_as_the_rule_says() -> None:
    answers = {"True": "def f(): return True", "1": "def f(): return 1", "1.0": "def f(): return 1.0"}
    for rule, accepted in (
        ("strict", {"1"}),
        ("equal", {"1", "True", "1.0"}),
        ("close", {"1", "True", "1.0"}),
    ):
        task = by_cases(((), 1), compare=rule)
        assert {name for name, answer in answers.items() if judge(task, answer).correct} == accepted
    task = by_cases(((), 0.3), compare={"mode": "close", "absolute": 1e-9})
    assert judge(task, "def f(): return 0.1 + 0.2").correct
    assert not judge(by_cases(((), 0.3)), "def f(): return 0.1 + 0.2").correct
    assert not judge(by_cases(((), [1])), "def f(): return (1,)").correct


# ----------------------------------------------------------------------------------- completions

PREFIX = (
    'from math import floor\n\ndef helper(n):\n    return floor(n)\n\ndef f(n):\n    """Doubles n."""\n'
)

COMPLETIONS = {
    "completion": "    return 2 * helper(n)\n",
    "completion in a fence": "```python\n    return 2 * helper(n)\n```",
    "completion with blank line": "\n\n    return 2 * helper(n)\n",
    "completion with more": "    return double(n)\n\ndef double(n):\n    return 2 * helper(n)\n",
    "function": "def f(n):\n    return 2 * helper(n)\n",
    "function with imports": "import math\nfrom math import *\ndef f(n):\n    return 2 * floor(n)\n",
    "program": PREFIX + "    return 2 * helper(n)\n",
    "program in a fence": f"Sure!\n```python\n{PREFIX}    return 2 * helper(n)\n```\n",
    "program with other spacing": PREFIX.replace("\n\n", "\n") + "    return 2 * helper(n)\n",
    "program with crlf": (PREFIX + "    return 2 * helper(n)\n").replace("\n", "\r\n"),
    "future import": "from __future__ import annotations\ndef f(n): return 2 * helper(n)",
    "assignment": "f = lambda n: 2 * helper(n)",
    "indented function": "    def f(n):\n        return 2 * helper(n)\n",
    "nested function of another name": "    def g(n):\n        return 2 * n\n    return g(n)\n",
    "own helper": "def helper(n):\n    return 2 * n\n\ndef f(n):\n    return helper(n)\n",
    "shadows an import": "def floor(n):\n    return 2 * n\n\ndef f(n):\n    return floor(n)\n",
}


@pytest.mark.parametrize("answer", COMPLETIONS.values(), ids=COMPLETIONS)
def test_a_completion_and_a_whole_function_are_both_understood(answer: str) -> None:
    task = by_tests("def check(candidate):\n    assert candidate(2) == 4\n", prefix=PREFIX)
    assert verigym.verify(task, answer).status is Status.CORRECT


@pytest.mark.parametrize(
    "prefix", ["def f(n):", "def f(n):\n", "def f(n):\n    ", "import os\ndef f(n):  "]
)
def test_an_open_prefix_is_closed_or_continued(prefix: str) -> None:
    task = by_tests("assert f(2) == 4\n", prefix=prefix)
    assert status(task, "def f(n): return 2 * n") is Status.CORRECT
    if not prefix.endswith(" "):
        assert verigym.verify(task, "    m = n\n    return m + n").status is Status.CORRECT


# ------------------------------------------------------------------------ arguments, both ways

IN_PLACE = [
    ("a.sort()", "a = [3, 1, 2]", "a", [1, 2, 3]),
    ("a.append(a[0])", "a = [[1]]", "a", [[1], [1]]),
    ("a.clear()", "a = [1]", "a", []),
    ("a[0] = True", "a = [1]", "a[0] is True", True),
    ("a[0].append(2)", "inner = [1]; a = [inner]", "(inner, a[0] is inner)", ([1, 2], True)),
    ("a.reverse()", "x, y = [1], [2]; a = [x, y]", "(a == [y, x], a[0] is y, x, y)", (True, True, [1], [2])),
    ("a.pop(0)[:] = [9]", "x, y = [1], [2]; a = [x, y]", "(a, a[0] is y)", ([[2]], True)),
    ("a[0] = a[1]", "x, y = [1], [2]; a = [x, y]", "a[0] is y", True),
    ("a['k'] = {'n': 1}", "a = {}", "a", {"k": {"n": 1}}),
    ("a['k'].update(n=1)", "inner = {}; a = {'k': inner}", "inner", {"n": 1}),
    ("a.pop(1)", "a = {1: 2, 3: 4}", "a", {3: 4}),
    ("a.add(2)", "a = {1}", "a", {1, 2}),
    ("a.discard(1)", "a = {1}", "a", set()),
    ("a.extend(b'b')", "a = bytearray(b'a')", "a", bytearray(b"ab")),
    ("a[1].append(2)", "inner = [1]; a = (0, inner)", "inner", [1, 2]),
    ("a[0][1].append(2)", "inner = [1]; a = [(0, inner)]", "(inner, a[0][1] is inner)", ([1, 2], True)),
    ("a.update(b=1)", "import collections; a = collections.OrderedDict()", "a", {"b": 1}),
    ("a[5].append(1)", "import collections; a = collections.defaultdict(list, {5: []})", "(a[5], a[6])", ([1], [])),
    ("a.append(float('nan'))", "a = []", "a[0] != a[0]", True),
    ("a += [1]", "a = []", "a", [1]),
    ("a = [1]", "a = []", "a", []),
    ("(a.append(1), 1 / 0)", "a = []", "a", [1]),
    ("a[0][0] = 7", "row = [0]; a = [row, row]", "row[0] in (0, 7)", True),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "before", "seen", "expected"), IN_PLACE, ids=[row[0] for row in IN_PLACE]
)
@pytest.mark.parametrize("call", ["f(a)", "f(a=a)", "f(0, a)", "f(*[0], a=a)"])
def test_what_a_call_changes_in_place_is_changed(
    change: str, before: str, seen: str, expected: Any, call: str
) -> None:
    signature = "_, a" if "0" in call else "a"
    tests = (
        f"{before}\ntry:\n    {call}\nexcept ZeroDivisionError: pass\nassert ({seen}) == {expected!r}"
    )
    answer = f"def f({signature}):\n    {change}\n"
    verdict = judge(by_tests(tests), answer)
    assert verdict.status is Status.CORRECT, verdict
    namespace: dict[str, Any] = {}  # and the test agrees with Python itself
    exec(answer + tests, namespace)


def test_an_argument_that_is_left_as_junk_fails_the_call() -> None:
    task = by_tests("a = [1]\nf(a)\nassert a == [1]")
    assert status(task, "def f(a): a.append(print)") is Status.WRONG
    assert status(task, "def f(a): a.append(a)") is Status.WRONG
    assert status(task, "def f(a): return None") is Status.CORRECT


def test_arguments_of_every_plain_kind_arrive_as_they_are() -> None:
    values = "[None, True, 1, 10 ** 700, 1.5, 'é\\ud800', b'x', bytearray(b'y'), [1], (1,), {1}, frozenset([1]), {1: 2}, 2j, range(3)]"
    tests = (
        f"values = {values}\nassert f(*values, key=values) == [type(v).__name__ for v in values] * 2"
    )
    answer = "def f(*args, key): return [type(v).__name__ for v in (*args, *key)]"
    assert status(by_tests(tests), answer) is Status.CORRECT


# --------------------------------------------------------------------------------- exceptions


@pytest.mark.parametrize(
    ("raised", "caught", "message"),
    [
        ("ValueError('bad 7')", "ValueError", "bad 7"), ("KeyError('k')", "KeyError", "'k'"), ("KeyError(5)", "LookupError", "5"),
        ("IndexError()", "IndexError", ""), ("OSError(2, 'gone')", "FileNotFoundError", "[Errno 2] gone"),
        ("ZeroDivisionError('x')", "ArithmeticError", "x"), ("AssertionError('x')", "AssertionError", "x"),
        ("UnicodeDecodeError('utf-8', b'x', 0, 1, 'bad')", "UnicodeDecodeError", "'utf-8' codec can't decode byte 0x78 in position 0: bad"),
        ("Mine('bad')", "ValueError", "bad"), ("Own('bad')", "Exception", "bad"), ("RecursionError('x')", "RuntimeError", "x"),
        ("NotImplementedError", "NotImplementedError", ""), ("MemoryError('x')", "MemoryError", "x"), ("TimeoutError('x')", "OSError", "x"),
    ],
)  # fmt: skip
def test_an_exception_arrives_by_its_builtin_type_and_message(
    raised: str, caught: str, message: str
) -> None:
    tests = f"""
        try:
            f(1)
        except {caught} as error:
            assert str(error) == {message!r}, str(error)
        else:
            assert False
    """
    answer = f"class Mine(ValueError): pass\nclass Own(Exception): pass\ndef f(n): raise {raised}"
    verdict = judge(by_tests(tests), answer)
    assert verdict.status is Status.CORRECT, verdict
    assert status(by_tests(tests), "def f(n): return n") is Status.WRONG
    assert not judge(by_tests(tests), "def f(n): raise BufferError").correct or caught == "Exception"


STEERING = [
    "StopIteration",
    "StopAsyncIteration",
    "GeneratorExit",
    "SystemExit",
    "KeyboardInterrupt",
    "BaseException",
    "Sub",
    "Fake",
]


@pytest.mark.parametrize("name", STEERING)
@pytest.mark.parametrize(
    "tests",
    [
        "assert all(map(lambda a: f(a) == 2 * a, [1, 2, 3]))",
        "assert [f(a) for a in range(3)] == [0, 2, 4]",
        "for a, b in zip(map(f, [1, 2]), [2, 4]): assert a == b",
        "def steps():\n    yield f(1)\n    yield f(2)\nfor a in steps(): assert a in (2, 4)",
        "class It:\n    def __iter__(self): return self\n    def __next__(self): return f(1)\nfor a in It():\n    assert a == 2\n    break",
        "import itertools\nassert not list(itertools.filterfalse(lambda a: f(a) == 2 * a, [1, 2]))",
        "for a in iter(lambda: f(1), 2): assert False",
        "def check(candidate):\n    for a in (1, 2):\n        assert candidate(a) == 2 * a",
        "async def main():\n    assert f(1) == 2\ntry: main().send(None)\nexcept StopIteration: pass",
        "assert next(filter(f, [1]), 1) and all(f(a) == 2 * a for a in [1])",
    ],
)  # fmt: skip
def test_no_exception_steers_the_tests(name: str, tests: str) -> None:
    answer = (
        "class Sub(StopIteration): pass\n"
        "Fake = type('Fake', (StopIteration,), {'__module__': 'builtins'})\n"
        f"def f(n): raise {name}()"
    )
    assert status(by_tests(tests), "def f(n): return 2 * n") is Status.CORRECT
    verdict = judge(by_tests(tests), answer)
    assert verdict.reward == 0.0, verdict


def test_a_process_that_ends_in_a_call_cannot_be_swallowed() -> None:
    tests = """
        for n in range(3):
            try:
                f(n)
            except BaseException:
                continue
            assert False
    """
    assert status(by_tests(tests), "import os\ndef f(n): os._exit(0)") is Status.RUNTIME_ERROR
    assert (
        status(by_tests(tests), "import os, signal\ndef f(n): os.kill(os.getpid(), 9)")
        is not Status.CORRECT
    )
    assert status(by_tests(tests), "def f(n): raise ValueError") is Status.CORRECT


# ---------------------------------------------------------------------- tests that are not well


@pytest.mark.parametrize(
    "tests",
    [
        "import nonsense\nassert f(1) == 2",
        "helper(3)\nassert f(1) == 2",
        "import os\nos._exit(0)\nassert f(1) == 2",
        "import os\nassert f(1) == 2\nos.abort()",
        "assert f(object()) == 2",
        "assert f(1) == 2\nassert f(key=object()) == 2",
        "try: f(...)\nexcept TypeError: pass\nassert f(1) == 2",
        "if False: f(1)\nassert True == 1",
        "def check(candidate):\n    return 5\n    assert candidate(1)",
        "def check(candidate):\n    raise RuntimeError\n    candidate(1)",
        "import sys\nsys.exit(0)\nassert f(1) == 2",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "answer", ["def f(n): return 2 * n", "def f(n): return 7"], ids=["right", "wrong"]
)
def test_tests_that_break_or_never_call_are_an_abstention(tests: str, answer: str) -> None:
    verdict = judge(by_tests(tests), answer)
    if tests.startswith(("import os\nassert", "assert f(1)")) and "7" in answer:
        assert verdict.status is Status.WRONG, "the tests had found out before they broke"
        return
    assert (verdict.status, verdict.reward) == (Status.VERIFIER_ERROR, None), verdict
    assert verdict.evidence["error"]


@pytest.mark.parametrize(
    "answer",
    [
        "def f(n): return n if isinstance(n, list) else [n]",
        "def f(n):\n    v = n\n    for _ in range(99): v = [v]\n    return v",
        "def f(n): return 'x' * 8_000_000",
        "def f(n): return {i * ((1 << 61) - 1) for i in range(60_000)}",
        "def f(n): raise ValueError('x' * 9_000_000)",
        "def f(n): raise ValueError(*[[]] * 500_000)",
    ],
    ids=range(6),
)
def test_no_answer_makes_the_tests_break(answer: str) -> None:
    # What comes back is passed on, doubled, printed and wrapped; none of that is the fault of the tests.
    tests = """
        value = f(1)
        print(value)
        for _ in range(3):
            value = f([value, value])
        assert value == 3
    """
    verdict = judge(by_tests(tests), answer)
    assert verdict.reward == 0.0, verdict


def test_tests_with_random_numbers_are_the_same_for_everybody() -> None:
    tests = "import random\nn = random.randrange(10**9)\nassert f(n) != n"
    seen = {judge(by_tests(tests), "def f(n): return n").cases[0].detail for _ in range(2)}
    number = by_tests("import random\nassert f(1) == random.randrange(4)")
    verdicts = {judge(number, "def f(n): return 3").status for _ in range(12)}
    assert len(seen) == len(verdicts) == 1


def test_test_code_has_a_module_of_its_own() -> None:
    tests = """
        from __future__ import annotations
        from dataclasses import dataclass

        @dataclass
        class Case:
            given: int
            expected: int

        def check(candidate):
            for case in [Case(1, 2), Case(2, 4)]:
                assert candidate(case.given) == case.expected
    """
    task = function_task("Double.", "f", tests=textwrap.dedent(tests))
    assert status(task, "def f(n): return 2 * n") is Status.CORRECT
    assert status(task, "def f(n): return 2") is Status.WRONG


def test_the_preamble_is_the_tests_own_copy() -> None:
    helper = "def twice(n):\n    return 2 * n\n"
    task = by_tests("assert f(3) == twice(3)", preamble=helper, prefix=helper)
    assert status(task, "def f(n): return twice(n)") is Status.CORRECT
    assert status(task, "def twice(n): return 0\ndef f(n): return twice(n)") is Status.WRONG


# ----------------------------------------------------------------------------------- building


@pytest.mark.parametrize(
    ("tests", "why"),
    [
        ("", "never call"), ("assert True", "never call"), ("f(1)", "assert nothing"), ("def check(candidate): candidate(1)", "assert nothing"),
        ("assert f(1) ==", "do not parse"), ("return f(1)\nassert f(1)", "do not parse"), ("assert f(1)\0", "do not parse"),
        ("def check(candidate):\n    candidate(1)\n    assert True", "assert nothing"), ("assert (f(1) == 2, 'message')", "assert nothing"),
        ("def test_f():\n    assert f(1) == 2", "never call"), ("f(1)\ndef test_f():\n    assert f(1) == 2", "assert nothing"),
        ("import unittest\nclass T(unittest.TestCase):\n    def test(self):\n        self.assertEqual(f(1), 2)", "never call"),
        ("def check(candidate):\n    x = candidate(1)\n    def inner():\n        assert x == 2", "assert nothing"),
        ("def check():\n    assert f(1) == 2", "one argument"), ("def check(candidate, other):\n    assert candidate(1) == 2", "one argument"),
        ("async def check(candidate):\n    assert candidate(1) == 2", "async"), (5, "must be Python source"), (None, "either tests or cases"),
        ("(" * 1000 + "f" + ")" * 1000, "do not parse"), ("# assert f(1) == 2", "never call"), ("'assert f(1) == 2'", "never call"),
        ("f(1)\nassert 1, 'f is fine'", "assert nothing"), ("def check(candidate):\n    assert g(1) == 2", "never call"),
    ],
    ids=lambda value: repr(value)[:30],
)  # fmt: skip
def test_tests_that_could_not_fail_are_refused(tests: Any, why: str) -> None:
    with pytest.raises(TaskError, match=why):
        function_task("p", "f", tests=tests)


@pytest.mark.parametrize(
    "tests",
    [
        "def check(candidate):\n    assert candidate(1) == 2", "def check(fn, strict=True):\n    assert fn(1) == 2",
        "assert all(f(n) == 2 * n for n in range(3))", "if f(1) != 2:\n    raise SystemExit('wrong')",
        "def helper(g):\n    assert g(1) == 2\nhelper(f)", "def one():\n    assert f(1) == 2\nfor test in [one]: test()",
        "def test_one():\n    assert f(1) == 2\nfor name in list(globals()):\n    if name.startswith('test'): globals()[name]()",
        "import unittest\nclass T(unittest.TestCase):\n    def test(self):\n        self.assertEqual(f(1), 2)\nT('test').debug()",
        "try:\n    assert f(1) == 2\nfinally:\n    pass", "with open('/dev/null'):\n    assert f(1) == 2",
        "class Point:\n    def show(self): return f(1)\nassert Point().show() == 2",
    ],
)  # fmt: skip
def test_tests_that_can_fail_are_accepted_and_do(tests: str) -> None:
    task = by_tests(tests)
    assert status(task, "def f(n): return 2 * n") is Status.CORRECT
    assert status(task, "def f(n): return 7") is Status.WRONG


@pytest.mark.parametrize(
    ("cases", "why"),
    [
        ([], "nothing to test"), (None, "either tests or cases"), (5, "must be a list"), (["ab"], "case 0 must be"), ([1], "case 0 must be"),
        ([((1,),)], "case 0 must be"), ([((1,), 2, 3)], "case 0 must be"), ([(1, 2)], "args must be"), ([("ab", 2)], "args must be"),
        ([{"args": [1]}], "case 0 must have"), ([{"args": [1], "expected": 2, "extra": 3}], "case 0 must have"), ([{5: 6}], "case 0 must have"),
        ([{"args": {}, "expected": 2}], "args must be"), ([{"args": [], "kwargs": [], "expected": 2}], "kwargs must be"),
        ([{"args": [], "kwargs": {5: 1}, "expected": 2}], "kwargs must be"), ([((...,), 2)], "an? ellipsis is not plain"),
        ([((1,), 2), ((2,), iter([]))], "case 1: a list_iterator is not plain"), ([((1,), None), ((2,), None)], "does nothing"),
    ],
    ids=lambda value: repr(value)[:30],
)  # fmt: skip
def test_cases_that_make_no_sense_are_refused(cases: Any, why: str) -> None:
    with pytest.raises(TaskError, match=why):
        function_task("p", "f", cases=cases)


@pytest.mark.parametrize(
    "options",
    [
        {"entry_point": ""}, {"entry_point": "a b"}, {"entry_point": "class"}, {"entry_point": None}, {"tests": "assert f(1)"},
        {"timeout": 0}, {"timeout": "3"}, {"timeout": True}, {"timeout": float("nan")}, {"timeout": 10**6}, {"limits": {"nonsense": 1}},
        {"limits": {"memory_bytes": 1}}, {"limits": []}, {"compare": "tokens"}, {"compare": 3}, {"prefix": 3}, {"reference": 3}, {"prompt": 3},
        {"metadata": "x"}, {"metadata": {"x": ...}},
    ],
    ids=repr,
)  # fmt: skip
def test_other_arguments_that_make_no_sense_are_refused(options: dict[str, Any]) -> None:
    function_task(prompt="p", entry_point="f", cases=[((1,), 2)])
    with pytest.raises(TaskError):
        function_task(**{"prompt": "p", "entry_point": "f", "cases": [((1,), 2)], **options})
    with pytest.raises(TaskError):
        function_task("p", "f", tests="assert f(1)", preamble="def broken(:")


def test_a_spec_without_cases_is_no_success() -> None:
    good = by_cases(((1,), 2))
    for change in (
        {"cases": []},
        {"cases": None},
        {"cases": [{}]},
        {"compare": {"mode": "any"}},
        {"limits": {"x": 1}},
        {"entry_point": None},
    ):
        task = Task(family=good.family, prompt="p", spec={**good.spec, **change})
        assert judge(task, "def f(n): return 2").reward is None
    empty = {name: value for name, value in good.spec.items() if name != "cases"}
    assert judge(Task(family=good.family, prompt="p", spec=empty), "def f(n): return 2").reward is None


# ----------------------------------------------------------------------------------- the family

RECORD = {
    "prompt": "Double n.",
    "entry_point": "f",
    "cases": [[[2], 4]],
    "reference": "def f(n): return 2 * n",
}


def test_a_family_of_ones_own_is_loaded_and_judged(tmp_path: Path) -> None:
    path = tmp_path / "own.jsonl"
    second = {
        "prompt": "Double n.",
        "entry_point": "g",
        "tests": "assert g(1) == 2",
        "timeout": 2,
        "metadata": {"k": 1},
    }
    path.write_text(json.dumps(RECORD) + "\n" + json.dumps(second) + "\n")
    family = verigym.family("code/functions", data=path)
    first, other = family.tasks()
    assert verigym.verify(first, family.reference(first)).correct
    assert verigym.verify(other, "def g(n): return 2 * n").correct
    assert [family.verify(first, answer).reward for answer in family.null_answers(first)] == [0.0] * 7
    with pytest.raises(FamilyError, match="no reference"):
        family.reference(other)
    assert Functions([RECORD]).tasks() == [first]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"prompt": None}, "field 'prompt' is a NoneType"), ({"entry_point": 3}, "field 'entry_point' is a int"), ({"cases": []}, "nothing to test"),
        ({"test": "x"}, "unknown field 'test'"), ({"tests": "assert f(1)"}, "either tests or cases"), ({"timeout": -1}, "timeout"),
        ({"cases": [[1, 2]]}, "case 0"), ({"reference": 5}, "reference must be text"),
    ],
)  # fmt: skip
def test_a_broken_record_is_named(tmp_path: Path, change: dict[str, Any], why: str) -> None:
    path = tmp_path / "own.jsonl"
    path.write_text(json.dumps(RECORD) + "\n" + json.dumps({**RECORD, **change}) + "\n")
    with pytest.raises(FamilyError, match=f"line 2: .*{why}"):
        Functions(path)
    with pytest.raises(FamilyError, match=f"record 1: .*{why}"):
        Functions([RECORD, {**RECORD, **change}])
    with pytest.raises(FamilyError, match="no record"):
        Functions([])
    with pytest.raises(FamilyError, match="needs data="):
        Functions()


# -------------------------------------------------------------------------------------- secrecy


FAILING = [answer for answer, _ in FAILURES]


@pytest.mark.parametrize("answer", FAILING, ids=[repr(answer)[:40] for answer in FAILING])
def test_feedback_holds_no_hidden_value_and_no_hidden_source(answer: str) -> None:
    secret = "s3cr3t_expectation"
    tasks = [
        by_tests(
            f"def check(candidate):\n    assert candidate(987654) == {secret!r}, {secret!r} + str(candidate)\n"
        ),
        by_cases(((987654,), secret), ((987655,), secret)),
    ]
    for task in tasks:
        feedback = verigym.verify(task, answer).feedback
        assert feedback
        for hidden in (secret, "98765", "assert", "candidate"):
            assert hidden not in feedback


def test_a_candidates_message_cannot_carry_its_input_into_the_feedback() -> None:
    task = by_cases(((987654,), 5))
    answer = "def f(n): raise type('E%d' % n, (Exception,), {})('the input was %d' % n)"
    assert verigym.verify(task, answer).feedback == (
        "It raised an exception of its own in its line 1. 0 of 1 cases passed."
    )
    answer = "def f(n): raise type('not a name %d' % n, (Exception,), {})(n)"
    for other in (task, by_tests("assert f(987654) == 5")):
        assert "987654" not in verigym.verify(other, answer).feedback
