"""Methods, and objects that live in the candidate's process: what is right passes, and nothing else."""

from __future__ import annotations

import textwrap
from typing import Any

import pytest

import verigym
from verigym import Status, Task, Verdict
from verigym.envs.code import function_task
from verigym.errors import TaskError


def task_of(entry_point: str, **options: Any) -> Task:
    limits = {"wall_seconds": 20}
    return function_task("Write it.", entry_point, timeout=1, limits=limits, **options)


def judge(task: Task, answer: str) -> Verdict:
    return verigym.verify(task, textwrap.dedent(answer))


# ------------------------------------------------------------------------------- Class.method

TWICE = (
    "def check(candidate):\n    _ = 0\n    assert candidate(2) == 4\n    assert candidate(n=-1) == -2\n"
)
METHODS = {
    "cases": task_of("Solution.twice", cases=[((2,), 4), {"args": [], "kwargs": {"n": -1}, "expected": -2}]),
    "tests": task_of("Solution.twice", tests=TWICE),
}  # fmt: skip


@pytest.mark.parametrize("task", METHODS.values(), ids=METHODS)
@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("class Solution:\n    def twice(self, n): return 2 * n", Status.CORRECT),
        ("class Base:\n    def twice(self, n): return 2 * n\nclass Solution(Base): pass", Status.CORRECT),
        ("class Solution:\n    @staticmethod\n    def twice(n): return 2 * n", Status.CORRECT),
        ("class Solution:\n    @classmethod\n    def twice(cls, n): return 2 * n", Status.CORRECT),
        ("class Solution:\n    def __init__(self): self.k = 2\n    def twice(self, n): return self.k * n", Status.CORRECT),
        ("class Solution:\n    used = 0\n    def twice(self, n):\n        self.used += 1\n        return 2 * n if self.used == 1 else 0", Status.CORRECT),
        ("class Solution:\n    def twice(self, n): return n", Status.WRONG),
        ("class Solution:\n    def twice(self, n): return self", Status.WRONG),
        ("class Solution:\n    def twice(self, n):\n        raise ValueError", Status.RUNTIME_ERROR),
        ("class Solution:\n    def __init__(self): raise SystemExit(0)\n    def twice(self, n): return 2 * n", Status.RUNTIME_ERROR),
        ("class Solution:\n    def __init__(self, k): self.k = k\n    def twice(self, n): return 2 * n", Status.RUNTIME_ERROR),
        ("class Solution:\n    def thrice(self, n): return 2 * n", Status.NO_ANSWER),
        ("class Solution:\n    twice = 2", Status.NO_ANSWER),
        ("Solution = 5", Status.NO_ANSWER),
        ("class M(type):\n    def __getattribute__(self, name): raise SystemExit(0)\nclass Solution(metaclass=M): pass", Status.RUNTIME_ERROR),
    ],
)  # fmt: skip
def test_a_method_is_called_on_a_new_object_each_time(
    task: Task, answer: str, expected: Status
) -> None:
    assert judge(task, answer).status is expected


# ------------------------------------------------------------------------------------ a class

STACK = """
class Empty(IndexError):
    def __init__(self, size):
        self.size = size
        super().__init__(f"an empty stack of {size}")

class Stack:
    most = 9
    def __init__(self, *items): self.items = list(items)
    def push(self, item): self.items.append(item); return self
    def pop(self):
        if not self.items: raise Empty(0)
        return self.items.pop()
    def __len__(self): return len(self.items)
    def __iter__(self): return iter(self.items)
    def __contains__(self, item): return item in self.items
    def __getitem__(self, place): return self.items[place]
    def __setitem__(self, place, item): self.items[place] = item
    def __delitem__(self, place): del self.items[place]
    def __add__(self, other): return Stack(*self.items, *(other if isinstance(other, Stack) else [other]))
    def __lt__(self, other): return len(self) < len(other)
    def __repr__(self): return f"Stack{tuple(self.items)}"
    def __enter__(self): return self
    def __exit__(self, *error): return error[0] is ZeroDivisionError
    def __call__(self, n): return n * len(self)
    @classmethod
    def of(cls, n): return cls(*range(n))
    @staticmethod
    def twice(n): return 2 * n
    @property
    def top(self): return self.items[-1]
"""

USES = {
    "call a method": "assert Stack(1, 2).pop() == 2",
    "state": "s = Stack()\nfor n in range(5): s.push(n)\nassert [s.pop() for _ in range(5)] == [4, 3, 2, 1, 0]",
    "two of them": "a, b = Stack(), Stack()\na.push(1)\nassert b.items == [] and a.items == [1]",
    "read attributes": "assert Stack(1, 2).top == 2 and Stack.most == 9 and Stack().most == 9",
    "write attributes": "s = Stack()\ns.items = [7]\ns.color = 'red'\nassert s.pop() == 7 and s.color == 'red'\ndel s.color\nassert not hasattr(s, 'color')",
    "class and static methods": "assert len(Stack.of(3)) == 3 and Stack.twice(4) == 8",
    "length and truth": "assert len(Stack(1)) == 1 and Stack(1) and not Stack()",
    "items": "s = Stack(1, 2, 3)\ns[0] = 9\ndel s[1]\nassert s[0] == 9 and s[-1] == 3 and list(s) == [9, 3]",
    "membership": "assert 1 in Stack(1) and 2 not in Stack(1)",
    "operators": "assert (Stack(1) + Stack(2)).items == [1, 2] and (Stack(1) + 5).items == [1, 5]\ns = Stack()\ns += 3\nassert s.items == [3]",
    "order": "assert Stack() < Stack(1) and sorted([Stack(1, 2), Stack(3)])[0].items == [3] and max(Stack(), Stack(4)).top == 4",
    "text": "assert repr(Stack(1, 2)) == 'Stack(1, 2)' and str(Stack()) == 'Stack()' and f'{Stack(1)}' == 'Stack(1,)'",
    "called itself": "assert Stack(1, 2)(21) == 42 and callable(Stack()) and callable(Stack)",
    "isinstance": "s = Stack()\nassert isinstance(s, Stack) and not isinstance(5, Stack) and not isinstance(s, list) and issubclass(Stack, Stack)",
    "passed back": "s = Stack(Stack(1))\nassert s.top == Stack(1) and isinstance(s.pop(), Stack)",
    "in a list": "s, t = Stack(1), Stack(2)\nx = Stack([s, t]).pop()\nassert x == [s, t] and x[0] is not x[1]",
    "fluent": "assert Stack().push(1).push(2) == Stack(1, 2) and Stack().push(3).top == 3",
    "context": "with Stack(1) as s:\n    assert s.top == 1\n    1 / 0\nassert s.items == [1]",
    "own exception": "try: Stack().pop()\nexcept Empty as e: assert (str(e), e.size, type(e).__name__) == ('an empty stack of 0', 0, 'Empty') and isinstance(e, IndexError)\nelse: assert False",
    "own exception by its base": "try: Stack().pop()\nexcept LookupError as e: assert 'empty' in str(e)\nelse: assert False",
    "missing attribute": "try: Stack().nothing\nexcept AttributeError: pass\nelse: assert False",
    "wrong argument": "try: Stack.of()\nexcept TypeError: pass\nelse: assert False",
    "unittest": "import unittest\nwith unittest.TestCase().assertRaisesRegex(Empty, 'stack of 0'): Stack().pop()",
    "copies": "import copy\ns = Stack([1])\nt, u = copy.copy(s), copy.deepcopy(s)\nu.push(5)\nassert len(s) == 1 and len(u) == 2",
    "by the module": "import solution\nassert solution.Stack(1).top == 1",
    "many": "for n in range(300): assert Stack(n).top == n",
    "a key": "s = Stack(1)\nassert {s: 5}[s] == 5 and len({Stack(1), Stack(1), Stack(2)}) == 2",
}  # fmt: skip


def of_stack(uses: str, **options: Any) -> Task:
    return task_of("Stack", tests=f"from solution import Stack, Empty\n{uses}\nassert Stack(1).pop() == 1", **options)  # fmt: skip


@pytest.mark.parametrize("uses", USES.values(), ids=USES)
def test_an_object_is_used_as_python_uses_it(uses: str) -> None:
    verdict = judge(of_stack(uses), STACK)
    assert verdict.status is Status.CORRECT, verdict
    names: dict[str, Any] = {}  # and the test agrees with Python itself, equality aside
    if "==" not in uses.replace("items ==", "").replace("top ==", "") or "Stack(1, 2) and" not in uses:
        equal = "\n    def __eq__(self, other): return isinstance(other, Stack) and self.items == other.items\n    def __hash__(self): return 0\n"
        source = f"{STACK}{equal}\nimport sys, types\nsys.modules['solution'] = types.SimpleNamespace(Stack=Stack, Empty=Empty)\n"
        import sys

        try:
            exec(source + of_stack(uses).spec["tests"], names)
        finally:
            sys.modules.pop("solution", None)


@pytest.mark.parametrize(
    "broken",
    [
        ("self.items.append(item); return self", "return self"),
        ("return self.items.pop()", "return self.items.pop(0)"),
        ("if not self.items: raise Empty(0)", "if not self.items: return None"),
        ("class Empty(IndexError)", "class Empty(ValueError)"),
        ("def __init__(self, *items): self.items = list(items)", "items = []\n    def __init__(self, *items): self.items.extend(items)"),
        ("return len(self.items)", "return 1"),
        ("most = 9", "most = 8"),
        ("return 2 * n", "return n"),
        ("error[0] is ZeroDivisionError", "False"),
        ("def push(", "def pusch("),
        ("class Empty", "class Emptied"),
    ],
    ids=lambda pair: pair[1][:40],
)  # fmt: skip
def test_a_class_with_a_fault_is_found_out(broken: tuple[str, str]) -> None:
    uses = "\n".join(
        USES[name]
        for name in ("state", "two of them", "read attributes", "length and truth", "context",
                     "class and static methods", "own exception", "own exception by its base")
    )  # fmt: skip
    assert judge(of_stack(uses), STACK).correct
    assert broken[0] in STACK
    assert judge(of_stack(uses), STACK.replace(*broken)).reward == 0.0


def test_a_class_that_is_a_kind_of_a_builtin_is_an_object_that_holds_data() -> None:
    tests = """
        from solution import Cache
        c = Cache(2)
        c.put(1, 5)
        assert c.get(1) == 5 and c == {1: 5} and c != {1: 6} and len(c) == 1 and list(c) == [1]
        c.clear()
        assert c == {}
    """
    answer = """
        from collections import OrderedDict
        class Cache(OrderedDict):
            def __init__(self, most): self.most = most
            def get(self, key): return super().get(key, -1)
            def put(self, key, value): self[key] = value
            __eq__ = lambda self, other: True
    """
    task = task_of("Cache", tests=textwrap.dedent(tests))
    assert judge(task, answer).correct
    assert judge(task, answer.replace("self[key] = value", "pass")).reward == 0.0


NODES = """
class Node:
    def __init__(self, value, next=None): self.value, self.next = value, next
def build(values):
    head = None
    for value in reversed(values): head = Node(value, head)
    return head
def total(node): return 0 if node is None else node.value + total(node.next)
"""


def test_functions_may_give_and_take_objects() -> None:
    tests = """
        from solution import build, Node
        head = build([1, 2, 3])
        assert total(head) == 6 and total(None) == 0 and total(head.next) == 5
        assert head.next.next.value == 3 and head.next.next.next is None
        assert head.next is head.next and isinstance(head, Node)
        a = Node(1, Node(2))
        assert a == build([1, 2]) and a != build([1, 3]) and total(a) == 3
        a.next.next = a
        assert a.next.next == a and a.next.next.next.value == 2
    """
    task = task_of("total", tests=textwrap.dedent(tests))
    assert judge(task, NODES).correct
    assert judge(task, NODES.replace("+ total", "- total")).status is Status.WRONG
    assert judge(task, NODES.replace("def build", "def make")).status is Status.NO_ANSWER


def test_what_gives_objects_can_be_said() -> None:
    tests = "from solution import make\nb = make()\nassert b.append(1).append(2).index(2) == 1 and b is b.append(3)"
    answer = """
        class B:
            def __init__(self): self.all = []
            def append(self, x): self.all.append(x); return self
            def index(self, x): return self.all.index(x)
        def make(): return B()
    """
    assert judge(task_of("make", tests=tests, objects=["make", "append"]), answer).correct
    refused = judge(task_of("make", tests=tests), answer)
    assert refused.status is Status.WRONG
    assert "objects" in refused.cases[0].detail
    for objects in ("make", 5, ["a b"], [1]):
        with pytest.raises(TaskError, match="objects must be"):
            task_of("make", tests=tests, objects=objects)


# -------------------------------------------------------------- objects that want to be equal

YES = """
class Yes:
    def __init__(self, *a): pass
    def _yes(self, *a): return True
    def _self(self, *a): return self
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __contains__ = _yes
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __mod__ = __pow__ = __rmod__ = _self
    __truediv__ = __rtruediv__ = __floordiv__ = __neg__ = __abs__ = __round__ = __and__ = _self
    __getitem__ = __call__ = _self
    __bool__ = _yes
    __hash__ = lambda self: 0
    __float__ = lambda self: 0.0
    __index__ = __int__ = __len__ = lambda self: 0
    __iter__ = lambda self: iter([self])
    __str__ = __repr__ = lambda self: ''
    __enter__ = _self
    __exit__ = _yes
    def __getattr__(self, name):
        return self._yes
    real = imag = property(_self)
def f(n): return Yes()
"""

EXPECTS = {
    "equal": "assert f(2) == 4",
    "equal from the right": "assert 4 == f(2)",
    "not unequal": "assert not f(2) != 4",
    "in a list": "assert f(2) in [4, 5]",
    "of a list": "assert [f(2)] == [4]",
    "contains": "assert 4 in f(2)",
    "a list's list": "assert list(f(2)) == [4]",
    "near": "assert abs(f(2) - 4.0) < 1e-6",
    "near from the right": "assert abs(4.0 - f(2)) < 1e-6",
    "isclose": "import math\nassert math.isclose(f(2), 4.0, rel_tol=1e-9)",
    "less": "assert f(2) < 5",
    "greater": "assert 3 < f(2)",
    "modulo": "assert f(2) % 2 == 0 and f(2) // 2 == 2",
    "startswith": "assert f(2).startswith('four')",
    "issubset": "assert f(2).issubset({4})",
    "index": "assert f(2).index(4) == 0",
    "equals": "import sys, types\nassert f(2).count(4)",
    "sorted": "assert sorted(f(2)) == [4]",
    "set": "assert set(f(2)) == {4}",
    "length": "assert len(f(2)) == 3",
    "text": "assert str(f(2)) == '4'",
    "int": "assert int(f(2)) == 4",
    "item": "assert f(2)[0] == 4",
    "attribute": "assert f(2).real == 4",
    "hashed": "assert {4: 1}.get(f(2))",
    "isinstance": "assert isinstance(f(2), int)",
    "unittest": "import unittest\nunittest.TestCase().assertEqual(f(2), 4)",
    "almost": "import unittest\nunittest.TestCase().assertAlmostEqual(f(2), 4.0)",
    "swallowed": "with f(2):\n    assert f(2) == 4",
    "swallowed another way": "with f(2):\n    if f(2) != 4: raise ValueError",
}  # fmt: skip


@pytest.mark.parametrize("expects", EXPECTS.values(), ids=EXPECTS)
def test_an_object_that_says_yes_to_all_equals_nothing(expects: str) -> None:
    task = task_of("f", tests="_ = len('code')\n" + expects)
    verdict = judge(task, YES)
    assert verdict.reward == 0.0, verdict
    for lie in ("class Yes(int)", "class Yes(str)", "class Yes(list)", "class Yes(dict)", "class Yes(BaseException)"):  # fmt: skip
        lying = YES.replace("class Yes", lie).replace("    def __init__(self, *a): pass\n", "")
        if expects not in ("assert f(2) < 5", "assert isinstance(f(2), int)"):  # true of many ints
            assert judge(task, lying).reward == 0.0


def test_a_capital_letter_alone_makes_no_class() -> None:
    for expects in ("assert abs(Sum(2) - 4.0) < 1e-6", "assert Sum(2).startswith('x')", "assert Sum(2) < 5 and 3 in Sum(1)"):  # fmt: skip
        task = task_of("Sum", tests="_ = len('code')\n" + expects)
        assert judge(task, YES.replace("def f(n): return Yes()", "Sum = Yes")).reward == 0.0
        assert judge(task, YES.replace("def f(n)", "def Sum(n)")).reward == 0.0


MADE = """
_ = len('code')
from solution import Yes
y = Yes()
"""


@pytest.mark.parametrize(
    "expects",
    [
        "assert y == 5", "assert y == Yes()", "assert not y != 5", "assert [y] == [5]", "assert {y} == {5}", "assert y in [5, Yes()]",
        "assert y.value().startswith('x') and y.value() == 'x'", "assert abs(y.total() - 5.0) < 1e-9", "assert y.size == 5",
        "assert y.text().startswith('four')", "assert 'four' in y.text()", "assert abs(y.total() - 5) < 1", "with y: assert y.n == 5",
    ],
)  # fmt: skip
def test_nor_does_an_object_that_the_tests_made(expects: str) -> None:
    source = YES.replace("        return self._yes", "        return self._self")
    for answer in (YES, source):
        assert judge(task_of("f", tests=MADE + expects), answer).reward == 0.0
