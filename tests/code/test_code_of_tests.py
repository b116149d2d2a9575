"""What test code may do with a solution beside calling it: pass callables, iterate, catch, import."""

from __future__ import annotations

import textwrap
from typing import Any

import pytest

import verigym
from verigym import Status, Task, Verdict
from verigym.envs.code import function_task
from verigym.errors import TaskError


def by_tests(tests: str, wall: float = 20) -> Task:
    tests = "_ = len('code')\n" + textwrap.dedent(tests)
    return function_task("Write it.", "f", tests=tests, timeout=1, limits={"wall_seconds": wall})


def judge(task: Task, answer: str) -> Verdict:
    return verigym.verify(task, textwrap.dedent(answer))


def check(tests: str, right: str, wrong: str) -> None:
    """The right answer passes here and in Python itself; the wrong one fails here."""
    task = by_tests(tests)
    verdict = judge(task, right)
    assert verdict.status is Status.CORRECT, verdict
    names: dict[str, Any] = {}
    exec(textwrap.dedent(right) + "\n" + task.spec["tests"], names)
    verdict = judge(task, wrong)
    assert verdict.status in (Status.WRONG, Status.RUNTIME_ERROR), verdict


# ------------------------------------------------------------------------- callables passed in

MAP = "def f(g, xs): return [g(x) for x in xs]"

CALLABLES = {
    "a lambda": ("assert f(lambda x: x + 1, [1, 2]) == [2, 3]", MAP, "def f(g, xs): return xs"),
    "a builtin": ("assert f(len, ['ab']) == [2] and f(str.upper, ['a']) == ['A'] and f(int, ['7']) == [7]", MAP, "def f(g, xs): return [g(x) for x in xs + xs]"),
    "how often it is called": ("seen = []\nassert f(lambda x: seen.append(x) or 5, [1, 2]) == [5, 5] and seen == [1, 2]", MAP, "def f(g, xs): return [g(x) and g(x) for x in xs]"),
    "a method": ("class C:\n    n = 0\n    def add(self, x):\n        self.n += x\n        return self.n\nc = C()\nassert f(c.add, [1, 2]) == [1, 3] and c.n == 3", MAP, "def f(g, xs): return [1, 3]"),
    "a callable object": ("class C:\n    def __call__(self, x, *, k=1): return x * k\nassert f(C(), [3]) == [3]", MAP, "def f(g, xs): return g"),
    "keywords": ("assert f(lambda a, b=1: a - b) == 3", "def f(g): return g(b=2, a=5)", "def f(g): return g(2, 5)"),
    "it raises": ("class Own(Exception): pass\ndef g(x): raise Own(x)\ntry: f(g, [7])\nexcept Own as e: assert e.args == (7,)\nelse: assert False", MAP, "def f(g, xs): raise Exception(7)"),
    "it raises and is caught": ("def g():\n    n.append(1)\n    if len(n) < 3: raise ValueError('no')\n    return 'yes'\nn = []\nassert f(g) == 'yes' and len(n) == 3", "def f(g):\n    while True:\n        try: return g()\n        except ValueError as e: assert str(e) == 'no'", "def f(g): return g()"),
    "nested": ("assert f(lambda n: f(lambda m: m + n, [1])[0], [10]) == [11]", MAP, "def f(g, xs): return [g(xs[0])] if xs[0] == 1 else [12]"),
    "both recurse": ("def fact(n): return 1 if n == 0 else n * f(fact, [n - 1])[0]\nassert fact(20) == 2432902008176640000", MAP, "def f(g, xs): return [1]"),
    "it gives and takes mutables": ("def g(acc):\n    acc.append(1)\n    return acc\nassert f(g) == [[1, 1], [1, 1]]", "def f(g):\n    a = []\n    g(a); g(a)\n    return [a, a]", "def f(g):\n    return [g([]), g([1])]"),
    "a function comes back": ("h = f(lambda x: x + 1, lambda x: x * 2)\nassert h(3) == 7 and h(4) == 9", "def f(g, h): return lambda x: g(h(x))", "def f(g, h): return lambda x: h(g(x))"),
    "a decorator": ("calls = []\n@f\ndef slow(x):\n    calls.append(x)\n    return x * 2\nassert [slow(2), slow(2)] == [4, 4] and calls == [2] and slow.__name__ == 'slow'", "import functools\ndef f(g):\n    cache = {}\n    @functools.wraps(g)\n    def inner(x):\n        if x not in cache: cache[x] = g(x)\n        return cache[x]\n    return inner", "def f(g): return g"),
    "it comes back itself": ("g = lambda x: x\nassert f(g) is g", "def f(g): return g", "def f(g): return lambda x: x"),
    "a counter": ("a, b = f(), f()\nassert [a(), a(), b()] == [1, 2, 1]", "def f():\n    n = 0\n    def count():\n        nonlocal n\n        n += 1\n        return n\n    return count", "n = 0\ndef f():\n    def count():\n        global n\n        n += 1\n        return n\n    return count"),
    "a type": ("assert f([1, 'a', 2.0], str) == ['a'] and f([1, 'a'], (int, float)) == [1]", "def f(xs, t): return [x for x in xs if isinstance(x, t)]", "def f(xs, t): return xs"),
    "an exception's type": ("assert f(lambda: 1 / 0, ZeroDivisionError) and not f(lambda: 1, ValueError)", "def f(g, e):\n    try: g()\n    except e: return True\n    return False", "def f(g, e): return 1"),
    "in a list and a dict": ("assert f([abs, lambda x: -x], {'k': lambda: 3}) == [2, 2, 3]", "def f(gs, d): return [g(-2) for g in gs] + [d['k']()]", "def f(gs, d): return [2, -2, 3]"),
}  # fmt: skip


@pytest.mark.parametrize(("tests", "right", "wrong"), CALLABLES.values(), ids=CALLABLES)
def test_a_callable_is_called_back(tests: str, right: str, wrong: str) -> None:
    check(tests, right, wrong)


def test_calls_and_calls_back_nest_so_deep_and_no_deeper() -> None:
    tests = """
        def down(n): return 0 if n == 0 else f(down, [n - 1])[0] + 1
        assert down(40) == 40
        try: down(400)
        except RecursionError: pass
        else: assert False
        assert down(40) == 40
    """
    assert judge(by_tests(tests), MAP).correct


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("def f(g, xs):\n    while True: g(1)", Status.TIMEOUT),
        ("def f(g, xs):\n    while True:\n        try: g()\n        except TypeError: pass", Status.TIMEOUT),
        ("def f(g, xs): return [g, g]", Status.WRONG),
        ("def f(g, xs): return g(object()) and [3, 4]", Status.WRONG),
        ("import threading\ndef f(g, xs):\n    t = threading.Thread(target=lambda: [g(x) for x in xs])\n    t.start(); t.join()\n    return [1, 2]", Status.WRONG),
        ("import os\ndef f(g, xs): return g(os._exit(0))", Status.RUNTIME_ERROR),
        ("def f(g, xs): return g(*[[0] * 9_000_000])", Status.TIMEOUT),
        ("def f(g, xs): raise g(5)", Status.RUNTIME_ERROR),
    ],
)  # fmt: skip
def test_what_is_done_with_a_callable_is_the_candidates_own_affair(
    answer: str, expected: Status
) -> None:
    verdict = judge(by_tests("assert f(lambda x: x + 2, [1, 2]) == [3, 4]", 0.7), answer)
    assert verdict.reward == 0.0
    assert verdict.status is expected or "9_000_000" in answer, verdict


def test_what_a_callable_raises_does_not_steer_the_tests() -> None:
    tests = """
        def stop(): raise StopIteration
        def exit(): raise SystemExit(0)
        for g in (stop, exit):
            try: assert all(map(lambda n: f(g) == n, [1, 2]))
            except Exception as e: assert not isinstance(e, StopIteration)
            else: assert False
        assert f(lambda: 5) == 5
    """
    assert judge(by_tests(tests), "def f(g): return g()").correct
    replay = "def f(g):\n    try: return g()\n    except BaseException as e: raise e from None"
    assert judge(by_tests(tests), replay).correct
    assert judge(by_tests("assert f(lambda: 1) == 1\nassert f(lambda: 2) == 3"), "def f(g): return g()").reward == 0.0  # fmt: skip


# ------------------------------------------------------------------------ generators, iterators

ITERATORS = {
    "all of it": ("assert list(f(3)) == [0, 1, 2] and sum(f(4)) == 6 and [*f(0)] == []", "def f(n): yield from range(n)", "def f(n): return range(n + 1)"),
    "some of it": ("import itertools\ng = f()\nassert next(g) == 0 and next(g) == 1 and list(itertools.islice(g, 3)) == [2, 3, 4]", "import itertools\ndef f(): return itertools.count()", "def f(): return iter([0, 1, 2, 3])"),
    "its end": ("g = f(1)\nnext(g)\ntry: next(g)\nexcept StopIteration: pass\nelse: assert False\nassert next(g, 5) == 5", "def f(n): yield from range(n)", "def f(n):\n    while True: yield 1"),
    "side by side": ("assert list(zip(f(2), f(3))) == [(0, 0), (1, 1)]", "def f(n):\n    for i in range(n): yield i", "g = iter(range(9))\ndef f(n): return g"),
    "is one": ("import inspect, types\nassert inspect.isgenerator(f(1)) and isinstance(f(1), types.GeneratorType) and iter(g := f(1)) is g", "def f(n): yield n", "def f(n): return [n]"),
    "send": ("g = f()\nnext(g)\nassert g.send(5) == 5 and g.send(7) == 12", "def f():\n    total = 0\n    while True: total += yield total", "def f():\n    while True: yield 5"),
    "throw and return": ("g = f()\nassert next(g) == 0 and g.throw(ValueError('x')) == 'x'\ntry: next(g)\nexcept StopIteration as s: assert s.value == 9\nelse: assert False", "def f():\n    try: yield 0\n    except ValueError as e: yield str(e)\n    return 9", "def f():\n    yield 0\n    yield 'x'\n    return 9"),
    "lazily": ("seen = []\ng = f(lambda x: seen.append(x) or x, [1, 2])\nassert seen == [] and next(g) == 1 and seen == [1]", "def f(h, xs): return (h(x) for x in xs)", "def f(h, xs): return iter([h(x) for x in xs])"),
    "it raises": ("g = f()\nassert next(g) == 1\ntry: next(g)\nexcept KeyError as e: assert e.args == ('k',)\nelse: assert False", "def f():\n    yield 1\n    raise KeyError('k')", "def f(): yield 1"),
    "passed in": ("assert f(iter([1, 2])) == [1, 2] and f(x * x for x in range(3)) == [0, 1, 4]", "def f(xs): return list(xs)", "def f(xs): return [next(xs)]"),
    "passed in without end": ("import itertools\nassert f(itertools.count(5), 3) == [5, 6, 7]", "import itertools\ndef f(xs, n): return list(itertools.islice(xs, n))", "def f(xs, n): return [next(xs)] * n"),
    "passed on": ("g = f(iter([1, 2, 3]))\nassert next(g) == 2 and list(f(g)) == [4, 5]", "def f(xs):\n    for x in xs: yield x + 1", "def f(xs): return xs"),
    "an iterator's class": ("assert list(f(2)) == [2, 1] and next(iter(f(5))) == 5", "class f:\n    def __init__(self, n): self.n = n\n    def __iter__(self): return self\n    def __next__(self):\n        if not self.n: raise StopIteration\n        self.n -= 1\n        return self.n + 1", "def f(n): return iter(range(n))"),
}  # fmt: skip


@pytest.mark.parametrize(("tests", "right", "wrong"), ITERATORS.values(), ids=ITERATORS)
def test_an_iterator_is_stepped_one_by_one(tests: str, right: str, wrong: str) -> None:
    check(tests, right, wrong)


@pytest.mark.parametrize(
    "answer",
    [
        "def f(n): yield 2 * n", "def f(n): return iter([2 * n])", "def f(n):\n    while True: yield 4", "async def f(n): return 2 * n",
        "def f(n):\n    raise StopIteration(2 * n)\n    yield", "def f(n): return map(int, [4])", "def f(n):\n    yield f(n)", "def f(n): return [f]",
    ],
)  # fmt: skip
def test_a_generator_is_no_data(answer: str) -> None:
    for tests in ("assert f(2) == 4", "assert f(2) in (4, [4])", "assert not f(2) != 4", "assert f(2) + 0 == 4"):  # fmt: skip
        assert judge(by_tests(tests), answer).reward == 0.0


def test_iterators_without_end_are_bounded_by_time() -> None:
    for tests in ("assert list(f()) == [1]", "assert 5 in f()", "for x in f(): assert x == 1"):
        assert judge(by_tests(tests, 0.5), "def f():\n    while True: yield 1").status is Status.TIMEOUT


# ------------------------------------------------------------------------------------- imports


def test_tests_import_what_they_need() -> None:
    tests = """
        from solution import f, helper as h, LIMIT, Odd
        import solution
        assert f(2) == 4 and h(3) == 9 and LIMIT == {"k": [1]} and solution.helper(1) == 3
        try: solution.helper(-1)
        except Odd as e: assert str(e) == "odd" and e.code == 7
        else: assert False
    """
    right = """
        LIMIT = {"k": [1]}
        class Base(Exception): pass
        class Odd(Base):
            code = 7
            def __init__(self, code): self.code = code
            def __str__(self): return "odd"
        def helper(n):
            if n < 0: raise Odd(7)
            return 3 * n
        def f(n): return 2 * n
    """
    assert judge(by_tests(tests), right).correct
    for old, new, status in (
        ("LIMIT = ", "LIMITS = ", Status.NO_ANSWER),
        ("def helper", "def helping", Status.NO_ANSWER),
        ("class Odd(Base)", "class Base2(Base)", Status.NO_ANSWER),
        ("[1]", "[2]", Status.WRONG),
        ("raise Odd(7)", "raise Base(7)", Status.RUNTIME_ERROR),
        ("raise Odd(7)", "pass", Status.WRONG),
        ("Odd(7)", "Odd(8)", Status.WRONG),
        ('"odd"', '"even"', Status.WRONG),
        ("return 3 * n", "return n", Status.WRONG),
    ):
        verdict = judge(by_tests(tests), right.replace(old, new))
        assert verdict.status is status, (old, new, verdict)


def test_a_constant_can_be_all_that_tests_look_at() -> None:
    task = by_tests("from solution import LIMIT\nassert LIMIT == 5")
    assert judge(task, "LIMIT = 5\ndef f(): pass").correct
    assert judge(task, "LIMIT = 6\ndef f(): pass").status is Status.WRONG
    assert judge(task, "def LIMIT(): pass\ndef f(): pass").reward != 1.0


def test_an_import_is_no_call_and_a_star_brings_one_name() -> None:
    assert judge(by_tests("from solution import *\nassert f(1) == 2"), "def f(n): return 2 * n").correct
    shadow = "def f(n): return 7\ndef len(x): return 0\ndef all(x): return True\ndef abs(x): return 0\n__all__ = ['f', 'len', 'all', 'abs']"
    star = "from solution import *\nassert abs(f(1) - 2) < 1"
    assert judge(by_tests(star), shadow).reward == 0.0
    unused = judge(by_tests("from solution import f\nif False: assert f(1)"), "def f(n): return 1")
    assert unused.reward is None


def test_an_exception_that_is_everything_catches_only_its_own() -> None:
    tests = """
        from solution import Odd
        try:
            f(1)
            assert False, "it should raise"
        except Odd:
            pass
        try:
            assert f(2) == 5
        except Odd:
            pass
    """
    for lie in ("Odd = Exception", "Odd = AssertionError", "Odd = BaseException", "class Odd(AssertionError): pass", "Odd = (Exception,)", "Odd = object"):  # fmt: skip
        assert judge(by_tests(tests), f"{lie}\ndef f(n): return 4").reward == 0.0
    right = "class Odd(ValueError): pass\ndef f(n):\n    if n == 1: raise Odd\n    return 5"
    assert judge(by_tests(tests), right).correct


def test_tests_need_not_name_the_entry_point_but_must_name_something() -> None:
    assert by_tests("from solution import helper\nassert helper(1) == 2")
    assert by_tests("import solution as s\nassert s.helper(1) == 2")
    for tests in ("from solution import helper\nassert 1 == 1 + 0", "from elsewhere import helper\nassert helper(1)"):  # fmt: skip
        with pytest.raises(TaskError, match="never call"):
            by_tests(tests)


def test_a_class_of_the_tests_cannot_derive_from_one_elsewhere() -> None:
    tests = "from solution import Base\nclass Mine(Base): pass\nassert f(1) == 2"
    verdict = judge(by_tests(tests), "class Base: pass\ndef f(n): return 2")
    assert verdict.reward is None
    assert "derived from Base" in verdict.evidence["error"]


# ----------------------------------------------------------------------------- a hostile channel

RAW = """
import os, struct, json
def say(*messages):
    for message in messages:
        data = message if isinstance(message, bytes) else json.dumps(message).encode()
        os.write(5, struct.pack('>I', len(data)) + data)
def f(*args):
    say(*MESSAGES)
    return None
"""

MESSAGES: dict[str, Any] = {
    "an object that nobody knows": [{"value": {"object": 10**9}}],
    "an object of no number": [{"value": {"object": [1]}}], "an object of a negative number": [{"value": {"object": -1}}],
    "an object of half a number": [{"value": {"object": 1.5}}], "an object that is true": [{"value": {"object": True}}],
    "a function without a name": [{"value": {"function": [1]}}], "a function of odd names": [{"value": {"function": [1, {"x": 1}]}}],
    "a generator that is none": [{"value": {"generator": 10**9}}], "a generator of nothing": [{"value": {"generator": None}}],
    "one number for two": [{"value": [{"generator": 3}, {"object": 3}, {"callable": 3}, {"function": [3, "x"]}]}],
    "an exception of no type": [{"value": {"exception": [1, "X", "nonsense"]}}],
    "an exception that is a function": [{"value": {"exception": [1, "X", "exec"]}}],
    "an exception that steers": [{"value": {"exception": [1, "X", "StopIteration"]}}],
    "an exception of odd parts": [{"value": {"exception": [[], {}, []]}}], "a null in a name": [{"value": {"exception": [1, "a\0b", "ValueError"]}}],
    "a callable of ours": [{"value": {"callback": [0]}}], "a callable that is none": [{"value": {"callback": [99]}}],
    "a callable of odd numbers": [{"value": {"callback": [1]}}, {"value": {"callback": "x"}}],
    "calls nobody": [{"callback": 99, "args": [], "names": []}], "calls something odd": [{"callback": {"x": 1}, "args": [], "names": []}],
    "calls without arguments": [{"callback": 0}], "calls with odd names": [{"callback": 0, "args": [], "names": [1]}],
    "calls with more names than values": [{"callback": 0, "args": [], "names": ["x"]}],
    "calls with broken values": [{"callback": 0, "args": [{"tuple": 5}], "names": []}],
    "calls with arguments that are none": [{"callback": 0, "args": 5, "names": []}],
    "calls before its turn": [{"value": 4}, {"callback": 0, "args": [2], "names": []}, {"value": 4}],
    "a builtin": [{"value": {"builtin": "exec"}}], "an error": [{"value": {"error": {"raised": "X", "builtin": "ValueError", "args": []}}}],
    "an array of no type": [{"value": {"ndarray": ["O8", [1], [4]]}}], "an array too large": [{"value": {"ndarray": ["<i8", [10**9], []]}}],
    "replays what nobody raised": [{"raised": "X", "builtin": "ValueError", "args": [], "line": 1, "origin": 0}],
    "odd classes": [{"raised": "X", "builtin": "ValueError", "args": [], "line": 1, "classes": [[1], {}, 5]}],
    "odd attributes": [{"raised": "X", "builtin": "ValueError", "args": [], "line": 1, "attributes": {"dict": [[1, 2], ["__class__", 3]]}}],
    "an odd name": [{"raised": "a\0b", "builtin": "ValueError", "args": [], "line": 1}],
    "a text that is none": [{"raised": "X", "builtin": "ValueError", "args": [], "line": 1, "text": {"x": 1}}],
    "a stop": [{"raised": "StopIteration", "builtin": "StopIteration", "args": [4], "line": 1}],
    "many objects": [{"value": [{"object": n} for n in range(20_000)]}],
    "many replies": [{"value": 4}] * 2000,
    "truth of everything": [{"value": {"object": 7}}, {"value": {"tuple": [True, 4]}}, {"value": True}, {"value": True}],
}  # fmt: skip
"""What is written before the true reply (None); where a test expects 5, none of it can be right."""

ASKS = {
    "data": "assert f(2) == 5",
    "data twice": "assert f(2) == 5 and f(2) == 5",
    "a callable": "g = lambda *a: 4\nassert f(g) == 5",
    "an object": "assert f(2).real - 0 == 5 and f(3).items == 6",
    "items": "assert list(f(2)) == [5, 5]",
}


@pytest.mark.parametrize("messages", MESSAGES.values(), ids=MESSAGES)
def test_no_message_is_worth_anything(messages: list[Any]) -> None:
    answer = RAW.replace(
        "MESSAGES", repr(messages) if len(messages) < 9 else f"{messages[:1]!r} * 2000"
    )
    for tests in ASKS.values():
        verdict = judge(by_tests(tests), answer)
        assert verdict.reward == 0.0, (tests, verdict)
