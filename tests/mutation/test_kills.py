"""The kill matrix: what it says is what the programs do, whatever one of them does to the others."""

from __future__ import annotations

import ast
from typing import Any

import pytest

from verigym.mutation import Mutant, mutants
from verigym.mutation.kills import STRICT, Kill, Unusable, first_kills, matrix
from verigym.sandbox.inside import plain
from verigym.sandbox.inside.ticks import TICK, instrumented
from verigym.verifiers.compare import Rule
from verigym.verifiers.observe import Kind, Variant, allowed, observe, observe_mutants

BEST = """
def f(xs, k=2):
    total = 0
    i = 0
    best = sorted(xs)[-k:]
    while i < len(best):
        total += best[i]
        i += 1
    return total
"""
INPUTS: list[tuple[Any, ...]] = [([1, 2, 3],), ([5],), ([],), ([9, -4, 9, 2],), ([3, 3], 1)]


def calls(inputs: list[tuple[Any, ...]]) -> list[dict[str, Any]]:
    return [{"args": [plain.encode(x) for x in args], "kwargs": plain.encode({})} for args in inputs]


def directly(source: str, args: tuple[Any, ...]) -> Any:
    """What our own programs above do, with steps bounded by hand."""
    left = 10_000

    def tick() -> bool:
        nonlocal left
        left -= 1
        if left < 0:
            raise TimeoutError
        return True

    names: dict[str, Any] = {TICK: tick}
    try:
        exec(compile(instrumented(ast.parse(source)), "", "exec"), names)
        return names["f"](*plain.decode(plain.encode(list(args))))
    except TimeoutError:
        return TimeoutError
    except Exception as error:
        return type(error)


def test_kills_are_what_the_mutants_do() -> None:
    found = matrix(BEST, "f", calls(INPUTS))
    assert [plain.decode(value) for value in found.expected] == [5, 5, 0, 18, 3]
    seen = set()
    for mutant, row in zip(found.mutants, found.kills, strict=True):
        for args, expected, kill in zip(INPUTS, [5, 5, 0, 18, 3], row, strict=True):
            got = directly(mutant.source, args)
            if got is TimeoutError:
                wanted = Kill.OVERDUE
            elif isinstance(got, type):
                wanted = Kill.RAISED
            else:
                wanted = None if type(got) is int and got == expected else Kill.VALUE
            assert kill is wanted, (mutant, args)
            seen.add(kill)
    assert seen == {None, *Kill}
    assert set(found.killed) | set(found.overdue) == {
        i for i, row in enumerate(found.kills) if any(row)
    }
    telling = found.telling()
    vectors = {tuple(kill in (Kill.VALUE, Kill.RAISED) for kill in found.kills[i]) for i in telling}
    assert len(vectors) == len(telling) > 3
    assert not set(telling) & set(found.trivial)


def test_one_that_misbehaves_spoils_no_other() -> None:
    right = "def f(x): return x + 1"
    hostile = [
        "import os\ndef f(x): os._exit(0)",
        "def f(x):\n    while True:\n        try:\n            while True: pass\n        except BaseException: pass",
        "def f(x): raise SystemExit(0)",
        "def f(x): return 7 ** 7 ** 7 ** 7",
        "def f(x): return 'a' * 10 ** 9",
        "import ctypes\ndef f(x): ctypes.string_at(0)",
        "def f(x):\n    import sys\n    sys.stdout.write('x' * 10 ** 6)\n    return x + 2",
        "def f(x): return f(x)",
        "def f(x): return object()",
        "def g(x): return x",
        "syntax error",
        "import builtins\nbuiltins.len = None\ndef f(x): return x + 3",
        "class A:\n    def __eq__(self, o): return True\ndef f(x): return A()",
        "raise KeyError",
    ]
    mixed = [source for pair in zip(hostile, [right] * len(hostile), strict=True) for source in pair]
    found = observe(mixed, "f", calls([(1,), (2,)]), ticks=[1000, 1000], seconds=0.2)
    assert len(found) == len(mixed)
    for row in found[1::2]:
        assert [(one.kind, plain.decode(one.value)) for one in row] == [
            (Kind.VALUE, 2),
            (Kind.VALUE, 3),
        ]
    kinds = [row[0].kind for row in found[::2]]
    assert kinds[:4] == [Kind.DEAD, Kind.OVERDUE, Kind.RAISED, Kind.OVERDUE]
    assert kinds[4] in (Kind.UNPLAIN, Kind.RAISED)
    assert kinds[5:] == [
        Kind.DEAD, Kind.VALUE, Kind.RAISED, Kind.UNPLAIN, Kind.DEAD, Kind.DEAD, Kind.DEAD, Kind.UNPLAIN,
        Kind.DEAD,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("def f(x): return 1 // x", "the reference fails on input 1: raised ZeroDivisionError"),
        ("def f(x):\n    while True: pass", "fails on input 0: overdue"),
        ("import random\ndef f(x): return random.random()", "does not do the same twice on input 0"),
        ("import os\ndef f(x): return os.getpid() if x else 0", "does not do the same twice|fails"),
        ("def f(x): return object()", "fails on input 0: unplain"),
        ("def g(x): return x", "fails on input 0: dead"),
    ],
)
def test_a_reference_that_cannot_be_relied_upon_is_told(source: str, words: str) -> None:
    with pytest.raises(Unusable, match=words):
        matrix(source, "f", calls([(1,), (0,)]))


def test_methods_and_given_mutants() -> None:
    source = "class Solution:\n    def double(self, x): return 2 * x"
    given = [Mutant("mine", 1, source.replace("2 *", "3 *"))]
    found = matrix(source, "Solution.double", calls([(0,), (4,)]), found=given)
    assert found.kills == ((None, Kill.VALUE),)
    assert found.telling() == [0]


def test_steps_are_counted_and_change_nothing() -> None:
    source = "def f(n):\n    return sum(g(a) for a in range(n) if a % 2) + len([b for b in range(n)])\ng = lambda a: a * a\n"
    plain_names: dict[str, Any] = {}
    exec(source, plain_names)
    counted = []
    for n in (0, 1, 10, 50):
        found = observe([source], "f", calls([(n,)]))[0][0]
        assert plain.decode(found.value) == plain_names["f"](n)
        counted.append(found.ticks)
    assert counted == [1, 3, 1 + 20 + 5, 1 + 100 + 25]
    assert observe([source], "f", calls([(50,)]), ticks=[125])[0][0].kind is Kind.OVERDUE
    assert observe([source], "f", calls([(50,)]), ticks=[126])[0][0].kind is Kind.VALUE
    assert allowed(126) > 126


MANY = '''
import math

class Solution:
    """A class
    with lines."""

    scale: int = 2

    def f(self, xs, k=3):
        total, seen = 0.0, {}
        for i, x in enumerate(xs[:10]):
            if x < 0 and not seen.get(x, False):
                continue
            total += (lambda y: y * self.scale if y > k else -y)(x)
            seen[x] = [z for z in range(i) if z % 2 or z == k]
        try:
            return math.floor(total / (len(xs) - 1)), sorted(seen), f"{k + 1}"
        except ZeroDivisionError as error:
            return [str(error), {k: v for k, v in seen.items()}]
'''


def test_a_change_of_the_common_tree_does_what_the_whole_text_does() -> None:
    """Every mutant is told as a change and as a text: the same outcomes, steps included."""
    inputs = calls([([],), ([4],), ([1, -2, 7, 7],), ([3, 0, 0, 9], 2)])
    found = mutants(MANY)
    variants = [one for one in found if one.variant is not None]
    assert len(variants) > 0.8 * len(found) > 60
    ticks = [1000] * len(inputs)
    texts = observe([one.source for one in found], "Solution.f", inputs, ticks=ticks)
    changed = observe([one.program for one in found], "Solution.f", inputs, ticks=ticks)
    assert changed == texts
    own, measured = observe_mutants(MANY, [one.program for one in found], "Solution.f", inputs)
    assert len(own) >= 2
    for row, other in zip(measured, texts, strict=True):
        pairs = [
            (a, b) for a, b in zip(row, other, strict=True) if Kind.OVERDUE not in (a.kind, b.kind)
        ]
        assert all((a.kind, a.value, a.ticks) == (b.kind, b.value, b.ticks) for a, b in pairs)


def test_changes_that_do_not_fit_are_read_as_texts() -> None:
    whole = "def f(x): return x + 1"
    for path, piece in (
        (("body", 7), "x"),
        (("body", 0, "nonsense"), "x"),
        (("body", 0, "body", 0, "value"), "x +"),
        (("body", 0, "args"), "x"),
        ((), "x"),
    ):
        odd = Variant(whole, "def f(x): return x", path, piece)
        (row,) = observe([odd], "f", calls([(1,)]))
        assert row[0].value == 2
    other = Variant("def f(x): return 5", "def f(x): return 4", ("body", 0, "body", 0, "value"), "5")
    mixed = [other, odd, whole, Variant(whole, "def f(x", (), "")]
    assert [row[0].value for row in observe(mixed, "f", calls([(1,)]))] == [5, 2, 2, 2]


@pytest.mark.parametrize(
    ("reference", "mutant"),
    [
        ("1", "True"), ("1", "1.0"), ("0.0", "-0.0"), ("(1, 2)", "[1, 2]"), ("b'a'", "bytearray(b'a')"),
        ("[b'a']", "[bytearray(b'a')]"), ("{1, 2}", "frozenset({1, 2})"), ("'a'", "b'a'"), ("None", "..."),
        ("range(3)", "[0, 1, 2]"), ("{1: [2]}", "{1: (2,)}"), ("[1]", "[1, 1]"), ("''", "None"),
        ("10 ** 30", "10 ** 30 + 1"), ("float('nan')", "float('inf')"), ("1j", "1"),
    ],
)  # fmt: skip
def test_what_differs_in_type_or_sign_is_not_the_same(reference: str, mutant: str) -> None:
    source = f"def f(x): return {reference}"
    given = [Mutant("mine", 1, f"def f(x): return {mutant}"), Mutant("mine", 1, source)]
    found = matrix(source, "f", calls([(1,)]), found=given)
    same = Kill.VALUE if mutant != "-0.0" else None  # which equal each other
    assert found.kills[0] == (Kill.RAISED if mutant == "..." else same,)
    assert found.kills[1] == (None,)


@pytest.mark.parametrize("rule", [STRICT, Rule("close", 0.5, 0.0), Rule("equal")])
def test_first_kills_are_the_first_of_the_matrix(rule: Rule) -> None:
    source = BEST.replace("return total", "return total / 2")
    whole = matrix(source, "f", calls(INPUTS), rule=rule)
    first = first_kills(source, "f", calls(INPUTS), rule=rule)
    assert len(first) == len(whole.mutants) > 20
    for row, told in zip(whole.kills, first, strict=True):
        wanted = next(((place, kill) for place, kill in enumerate(row) if kill), None)
        assert told == wanted
    assert any(told and told[0] > 0 for told in first)


def test_a_mutant_that_ends_the_process_ends_nothing_else() -> None:
    source = "def f(x): return x + 1"
    given = [
        Mutant("mine", 1, text)
        for text in ("import os\ndef f(x): os._exit(0)", source, "def f(x): return 2", source)
    ]
    wanted = ((Kill.RAISED,) * 2, (None, None), (None, Kill.VALUE), (None, None))
    assert matrix(source, "f", calls([(1,), (2,)]), found=given).kills == wanted
    first = first_kills(source, "f", calls([(1,), (2,)]), found=given)
    assert first == [(0, Kill.RAISED), None, (1, Kill.VALUE), None]
    with pytest.raises(Unusable, match="fails on input 0: dead"):
        matrix("import os\ndef f(x): os._exit(0)", "f", calls([(1,)]), found=given)


def test_a_mutant_cannot_take_the_clock_away_from_the_next() -> None:
    stops = "import signal\nsignal.setitimer(signal.ITIMER_PROF, 0)\ndef f(x): return x"
    endless = "def f(x): exec('while True: pass')"
    row = observe([stops, endless], "f", calls([(1,)]), seconds=0.2)[1]
    assert row[0].kind is Kind.OVERDUE


def test_nothing_to_observe() -> None:
    assert observe([], "f", calls([(1,)])) == []
    assert observe(["def f(): return 1"], "f", []) == [[]]
    assert matrix("def f(x): return x + 1", "f", []).killed == []
    assert len(mutants("def f(x): return x + 1")) > 4
