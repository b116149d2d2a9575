"""Comparison: Python's own ``==`` where that is promised, stricter where that is, and never fooled."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from plain_values import VALUES

from verigym.errors import TaskError
from verigym.sandbox.inside import plain
from verigym.task import freeze
from verigym.verifiers.compare import TEXT_MODES, VALUE_MODES, Rule, same_text, same_value

STRICT, EQUAL, CLOSE, JSON = (Rule(mode) for mode in VALUE_MODES[:4])


def same(got: Any, expected: Any, rule: Rule) -> bool:
    """Compare as a verdict does: one side from bytes, the other from a frozen task."""
    return same_value(plain.loads(plain.dumps(plain.encode(got))), freeze(plain.encode(expected)), rule)


# ---------------------------------------------------------------------------- values: property


def has_nan(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(has_nan, itertools.chain(value, value.values())))
    if isinstance(value, list | tuple | set | frozenset):
        return any(map(has_nan, value))
    return isinstance(value, float | complex) and value != value


VARIANTS = st.sampled_from(["copy", "number", "container", "sign", "drop", "other"])


def vary(value: Any, how: str) -> Any:
    """A value that is nearly the same, for comparisons that are worth making."""
    if isinstance(value, list | tuple):
        items = [vary(item, how) for item in value[: len(value) - (how == "drop")]]
        return tuple(items) if isinstance(value, list) == (how == "container") else items
    if isinstance(value, set | frozenset):
        kinds = {set: frozenset, frozenset: set}
        return kinds[type(value)](value) if how == "container" else value
    if isinstance(value, dict):
        return {key: vary(item, how) for key, item in reversed(value.items())}
    if how == "number" and isinstance(value, bool | int) and abs(value) < 1 << 53:
        return float(value)
    if how == "number" and isinstance(value, float) and math.isfinite(value):
        return int(value)
    if how == "sign" and isinstance(value, int | float):
        return -value
    return bytearray(value) if how == "container" and isinstance(value, bytes) else value


@given(VALUES, VALUES, VARIANTS)
@example(1 + 0j, 1, "other")
@example({1: 2}, {True: 2.0}, "other")
@example({1 + 0j}, {1}, "other")
@example(range(0, 3, 2), range(0, 4, 2), "other")
@example({range(0), 1.0}, {range(5, 5), True}, "other")
@example([0.0, {-0.0}], [-0.0, {0}], "other")
@example(2**53 + 1, float(2**53), "other")
@example({2**53 + 1}, {float(2**53)}, "other")
@example({(1, frozenset([2]))}, {(1.0, frozenset([2 + 0j]))}, "other")
@example([b"a", {b"b"}], [bytearray(b"a"), {b"b"}], "other")
@example({(("a", "b"), "c")}, {("a", ("b", "c"))}, "other")
@example({("a", "b")}, {("ab",)}, "other")
@example({10**400}, {math.inf}, "other")
def test_equal_is_pythons_own_equality(one: Any, two: Any, how: str) -> None:
    other = two if how == "other" else vary(one, how)
    assume(not has_nan(one) and not has_nan(other))
    assert same(other, one, EQUAL) == (other == one)
    assert same(one, other, EQUAL) == (other == one)


def typed(value: Any) -> Any:
    """The value with its types in it, so that ``==`` on the result is the strict rule."""
    if isinstance(value, list | tuple):
        return [type(value).__name__, *map(typed, value)]
    if isinstance(value, set | frozenset):
        return [type(value).__name__, *sorted(repr(typed(item)) for item in value)]
    if isinstance(value, dict):
        return ["dict", {repr(typed(key)): typed(item) for key, item in value.items()}]
    if isinstance(value, range):
        return ["range", list(value)]
    if isinstance(value, float | complex):
        return [type(value).__name__, repr(value + type(value)(0))]
    return [type(value).__name__, value]


@given(VALUES, VALUES, VARIANTS)
@example({True}, {1}, "other")
@example({1: 0}, {1.0: 0}, "other")
@example({-0.0}, {0.0}, "other")
@example([frozenset()], [set()], "other")
def test_strict_sees_every_type(one: Any, two: Any, how: str) -> None:
    other = two if how == "other" else vary(one, how)
    assume(not has_nan(one) and not has_nan(other))
    assert same(other, one, STRICT) == (typed(other) == typed(one))


@given(VALUES)
@example(math.nan)
@example([{math.nan: {math.nan}}, complex(math.nan, 1)])
def test_every_value_meets_itself_under_every_rule(value: Any) -> None:
    for rule in (STRICT, EQUAL, CLOSE):
        assert same(value, value, rule)


# --------------------------------------------------------------------------- values: by example


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (True, 1), (1, True), (1, 1.0), (1.0, 1), (1 + 0j, 1.0), ((1,), [1]), ([1], (1,)), ({1}, frozenset({1})),
        (b"a", bytearray(b"a")), ("a", b"a"), (0, False), (0, ""), (None, 0), (None, False), ([], ()), ([], {}),
        (set(), {}), ("1", 1), ([True], [1]), ({"k": 1}, {"k": 1.0}), ({1: 0}, {True: 0}), ({1.0}, {1}),
        ((1, (2, [3.0])), (1, (2, [3]))), (range(2), [0, 1]), ("", None),
    ],
    ids=repr,
)  # fmt: skip
def test_strict_refuses_what_only_looks_alike(got: Any, expected: Any) -> None:
    assert not same(got, expected, STRICT)
    assert not same([[got]], [[expected]], STRICT)
    assert not same({"k": got}, {"k": expected}, STRICT)


@pytest.mark.parametrize("rule", [STRICT, EQUAL, CLOSE], ids=["strict", "equal", "close"])
@pytest.mark.parametrize(
    ("got", "expected"),
    [
        ([1], [1, 2]), ([1, 2], [1]), ([], [1]), ([1], []), ((), (1,)), ({1}, {1, 2}), ({1, 2}, {1}), (set(), {1}),
        ({}, {1: 2}), ({1: 2}, {}), ({1: 2}, {1: 3}), ({2: 1}, {1: 1}), ({1: 2, 3: 4}, {1: 2}), ([2, 1], [1, 2]),
        (None, []), ("ab", "abc"), ("A", "a"), ("a ", "a"), (b"", b"a"), (2, 1), (1.0000001, 1), (10**30, 10**30 + 1),
        (math.nan, 1.0), (1.0, math.nan), (math.inf, 1.0), (math.inf, -math.inf), (math.inf, math.nan), (1e308, math.inf),
        (0, math.nan), (10**400, math.inf), (math.inf, 10**400), (1 + 1j, 1), (1j, 1),
    ],
    ids=repr,
)  # fmt: skip
def test_a_wrong_value_is_wrong_under_every_rule(got: Any, expected: Any, rule: Rule) -> None:
    assert not same(got, expected, rule)
    assert not same([[0, got]], [[0, expected]], rule)
    assert not same({"k": got}, {"k": expected}, rule)


def test_tolerances_meet_floats_and_nothing_else() -> None:
    rule = Rule("close", relative=1e-3, absolute=1e-6)
    for got, expected in [
        (1.0009, 1.0),
        (1, 1.0),
        (True, 1.0),
        (1e-7, 0.0),
        (1000, 1000.9),
        (1.0005 + 0j, 1.0),
    ]:
        assert same(got, expected, rule), (got, expected)
        assert same([{"k": (got,)}], [{"k": (expected,)}], rule)
        assert not same(got, math.nan, rule)
    for got, expected in [
        (1.0011, 1.0),
        (1.0009, 1),
        (1001, 1000),
        (1e-5, 0.0),
        ("1.0", 1.0),
        (None, 1.0),
        ([1.0], 1.0),
    ]:
        assert not same(got, expected, rule), (got, expected)
    assert same({1.0}, {1}, rule)
    assert not same({1.0001}, {1.0}, rule), "a member of a set is met exactly"
    assert not same({1.0001: 0}, {1.0: 0}, rule), "a key is met exactly"
    assert not same(10**400, 1e308, rule)
    assert not same(-(10**400), 1e308, rule)


@given(st.floats(), st.floats(), st.floats(0, 1), st.floats(0, 1))
@example(math.nan, 1.0, 1.0, 1.0)
@example(math.inf, 1.0, 1.0, 1.0)
@example(1.0, math.nan, 1.0, 1.0)
@example(1e309, 1.7e308, 1.0, 1.0)
def test_near_is_within_the_tolerances_and_nan_is_near_nan_alone(
    got: float, expected: float, relative: float, absolute: float
) -> None:
    rule = Rule("close", relative, absolute)
    met = same(got, expected, rule)
    if math.isnan(got) or math.isnan(expected):
        assert met == (math.isnan(got) and math.isnan(expected))
    elif math.isinf(got) or math.isinf(expected):
        assert met == (got == expected)
    else:
        assert met == (abs(got - expected) <= max(absolute, relative * abs(expected)))


@pytest.mark.parametrize(
    "rule", ["", "EQUAL", "tokens", None, 5, {}, {"mode": "close", "eps": 1}, {"relative": 1.0}, ["strict"],
             {"mode": "close", "relative": -1e-9}, {"mode": "close", "absolute": math.nan},
             {"mode": "close", "absolute": math.inf}, {"mode": "close", "relative": True},
             {"mode": "close", "relative": 10**400}, {"mode": "close", "absolute": "1"}],
)  # fmt: skip
def test_a_rule_that_makes_no_sense_is_refused(rule: Any) -> None:
    with pytest.raises(TaskError, match="compare"):
        Rule.build(rule, VALUE_MODES)


@pytest.mark.parametrize("mode", [*VALUE_MODES, *TEXT_MODES])
def test_a_rule_is_rebuilt_from_its_json(mode: str) -> None:
    rule = Rule(mode, 0.25, 0)
    assert Rule.build(rule.to_json(), (mode,)) == rule


# ---------------------------------------------------------------------------- values: hostile

EXPECTED = [
    0,
    1.5,
    "a",
    None,
    True,
    [1],
    (1,),
    {1},
    frozenset([1]),
    {1: 2},
    {(1, (2,)): 3},
    {((1,),)},
    b"a",
    1j,
    range(3),
]

MALFORMED: list[Any] = [
    {}, {"a": 1}, {"tuple": [], "set": []}, {"tuple": None}, {"tuple": {"tuple": []}}, {"set": 5}, {"set": [[1]]},
    {"set": [{"dict": []}]}, {"set": [{"bytearray": ""}]}, {"frozenset": [{"a": 1}]}, {"dict": [1]}, {"dict": [[1]]},
    {"dict": [[[], 1]]}, {"dict": {}}, {"dict": [["k", 1, 2]]}, {"int": 5}, {"int": "z"}, {"float": "x"},
    {"complex": [1, 2]}, {"complex": [{"int": "0x" + "f" * 400}, 0.0]}, {"range": [1, 2, 0]}, {"range": ["a"]}, {"bytes": "f"},
]  # fmt: skip


@pytest.mark.parametrize("got", MALFORMED, ids=repr)
@pytest.mark.parametrize("rule", [STRICT, EQUAL, CLOSE], ids=["strict", "equal", "close"])
def test_what_is_no_value_meets_nothing_and_raises_nothing_else(got: Any, rule: Rule) -> None:
    for expected in EXPECTED:
        for wrap in (
            lambda v: v,
            lambda v: [v],
            lambda v: {"tuple": [v]},
            lambda v: {"dict": [[1, v]]},
            lambda v: {"set": [v]},
        ):
            try:
                met = same_value(wrap(got), wrap(plain.encode(expected)), rule)
            except plain.NotPlain:
                continue
            assert not met


@pytest.mark.parametrize("rule", [STRICT, EQUAL, CLOSE], ids=["strict", "equal", "close"])
def test_repeated_members_and_keys_meet_nothing(rule: Rule) -> None:
    assert not same_value({"set": [1, 1]}, plain.encode({1}), rule)
    assert not same_value({"set": [1, 1]}, plain.encode({1, 2}), rule)
    assert not same_value({"dict": [[1, 2], [1, 2]]}, plain.encode({1: 2}), rule)
    assert not same_value({"dict": [[1, 9], [1, 2]]}, plain.encode({1: 2}), rule)
    assert not same_value({"dict": [[1, 2], [1, 2]]}, plain.encode({1: 2, 3: 4}), rule)


def colliding(count: int) -> Iterator[int]:
    """Ints that all have the hash 0."""
    return (number * ((1 << 61) - 1) for number in range(count))


def test_colliding_hashes_cost_no_more_than_others() -> None:
    flood = {"set": [{"tuple": [number]} for number in colliding(40_000)]}
    table = {"dict": [[number, 1] for number in colliding(40_000)]}
    start = time.process_time()
    assert not same_value(flood, plain.encode({(1,)}), STRICT)
    assert not same_value(table, plain.encode({1: 1}), EQUAL)
    assert same_value(flood, flood, EQUAL)
    assert same_value(table, table, EQUAL)
    assert time.process_time() - start < 5


@pytest.mark.parametrize("tag", ["tuple", "frozenset"])
def test_deep_keys_cost_no_more_than_their_size(tag: str) -> None:
    # Each level used to double the text that stood for a member: a few hundred bytes took all memory.
    tree: Any = "'\"\\"
    for _ in range(140):
        tree = {tag: [tree]}
    start = time.process_time()
    assert not same_value({"set": [tree]}, plain.encode({(1,)}), EQUAL)
    assert not same_value({"dict": [[tree, 1]]}, plain.encode({(1,): 1}), STRICT)
    assert time.process_time() - start < 1


def test_the_comparison_is_as_deep_as_the_expected_value_and_no_deeper() -> None:
    deep: Any = 1
    for _ in range(300):
        deep = [deep]
    assert not same_value(deep, freeze(plain.encode([[1]])), STRICT)


# --------------------------------------------------------------------------------------- texts


def text(got: str | bytes, expected: str | bytes, mode: str, **tolerances: float) -> bool:
    sides = (side.encode() if isinstance(side, str) else side for side in (got, expected))
    return same_text(*sides, Rule(mode, **tolerances))


@pytest.mark.parametrize(
    ("got", "expected", "modes"),
    [  # the modes under which the texts meet
        ("1 2\n", "1 2\n", "exact lines tokens floats"),
        ("1 2", "1 2\n", "exact lines tokens floats"),
        ("1 2\n", "1 2", "exact lines tokens floats"),
        ("1 2\n\n", "1 2\n", "lines tokens floats"),
        ("1 2  \n", "1 2\n", "lines tokens floats"),
        ("1 2\r\n3\r\n", "1 2\n3\n", "lines tokens floats"),
        ("1 2\t\n\n \n", "1 2", "lines tokens floats"),
        (" 1 2\n", "1 2\n", "tokens floats"),
        ("\n1 2\n", "1 2\n", "tokens floats"),
        ("1  2\n", "1 2\n", "tokens floats"),
        ("1\n2\n", "1 2\n", "tokens floats"),
        ("1 \n\n2\n", "1 \n2\n", "tokens floats"),
        ("", "\n", "exact lines tokens floats"),
        (" \n\n", "", "lines tokens floats"),
        ("12\n", "1 2\n", ""),
        ("1\n", "1\n2\n", ""),
        ("1\n2\n", "1\n", ""),
        ("", "1\n", ""),
        ("1\n", "", ""),
        ("Yes\n", "YES\n", ""),
        ("1\x00\n", "1\n", ""),
        (b"\xff1\n", "1\n", ""),
        ("\N{NO-BREAK SPACE}1", "1", ""),
        ("\N{ARABIC-INDIC DIGIT ONE}.5", "1.5", ""),
        ("1.0000000001", "1.0", "floats"),
        ("1", "1.0", "floats"),
        ("1e0", "1.0", "floats"),
        ("+1.", "1.0", "floats"),
        ("-0.0", "0.0", "floats"),
        ("100000.01", "1e5", "floats"),
        ("1.0000000001 x", "1.0 x", "floats"),
        ("1.0", "1", ""),
        ("1.0000000001", "1", ""),
        ("1000001", "1000000", ""),
        ("1.1", "1.0", ""),
        ("1.0 2.0", "1.0", ""),
        ("1.0", "1.0 2.0", ""),
        ("nan", "1.0", ""),
        ("NaN", "nan", ""),
        ("nan", "nan", "exact lines tokens floats"),
        ("inf", "1.0", ""),
        ("inf", "1e309", ""),
        ("1e309", "1.0", ""),
        ("1e309", "1e308", ""),
        ("9e999", "1e309", ""),
        ("1e309", "1e309", "exact lines tokens floats"),
        ("-1e309", "1e309", ""),
        ("infinity", "inf", ""),
        ("1_0.0", "10.0", ""),
        ("0x1p3", "8.0", ""),
        ("1,0", "1.0", ""),
        ("1.0.", "1.0", ""),
        ("", "1.0", ""),
    ],
)  # fmt: skip
def test_texts(got: str | bytes, expected: str | bytes, modes: str) -> None:
    assert [mode for mode in TEXT_MODES[:4] if text(got, expected, mode)] == modes.split()


def test_caseless_is_floats_for_letters_of_either_case() -> None:
    for got, expected in [("Yes", "YES"), ("yes 1.0000000001", "YES 1.0"), ("1E0", "1.0")]:
        assert text(got, expected, "caseless")
        assert text(got, expected, "floats") == (got == "1E0")
    for got, expected in [
        ("yes", "no"),
        ("1.0", "1"),
        ("\u00e9", "\u00c9"),
        ("y es", "yes"),
        ("", "NO"),
    ]:
        assert not text(got, expected, "caseless")


def test_text_tolerances_are_those_of_the_rule() -> None:
    assert text("2.9", "3.0", "floats", relative=0.0, absolute=0.11)
    assert not text("2.9", "3.0", "floats", relative=0.0, absolute=0.09)
    assert text("2.9", "3.0", "floats", relative=0.04, absolute=0.0)
    assert not text("2.9", "3.0", "floats", relative=0.03, absolute=0.0)
    assert not text("2", "3", "floats", relative=1.0, absolute=9.0), "an int is met exactly"
    assert not text("nan", "3.0", "floats", relative=1.0, absolute=9.0)


@given(st.binary(), st.binary(), st.sampled_from(TEXT_MODES))
def test_any_bytes_are_compared_and_only_equal_words_meet(
    got: bytes, expected: bytes, mode: str
) -> None:
    rule = Rule(mode, 0.0, 0.0)
    assert same_text(got, got, rule)
    met = same_text(got, expected, rule)
    tolerant = mode in ("floats", "caseless")
    assert met == same_text(expected, got, rule) or tolerant
    if met and not tolerant:
        assert got.split() == expected.split()


@pytest.mark.parametrize("mode", TEXT_MODES)
def test_huge_tokens_and_huge_outputs_cost_linear_time(mode: str) -> None:
    start = time.process_time()
    for got, expected in [
        (b"1" * 4_000_000, b"1.0"),
        (b"1" * 4_000_000, b"1" * 4_000_000 + b".0"),
        (b"1." + b"0" * 4_000_000 + b"e", b"1.0"),
        (b"1e" + b"9" * 398, b"1.0"),
        (b" " * 4_000_000 + b"1", b"2"),
        (b"1 \n" * 1_000_000, b"2"),
        (b"\n" * 4_000_000 + b"1", b"2"),
    ]:
        assert not same_text(got, expected, Rule(mode))
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    ("got", "expected", "met"),
    [
        ((1, 2), [1, 2], True), ([(1, "a"), (2, "b")], [[1, "a"], [2, "b"]], True), ({"k": (1,)}, {"k": [1]}, True), (True, 1, True),
        ({(1, 2)}, {(1, 2)}, True), ({(1, 2): 0}, {(1, 2): 0}, True),
        ((1, 2), [2, 1], False), ((1,), [[1]], False), ({1}, [1], False), ("ab", ["a", "b"], False), (0.1 + 0.2, 0.3, False),
        ({(1, 2)}, {(2, 1)}, False),
    ],
)  # fmt: skip
def test_json_knows_no_tuples(got: Any, expected: Any, met: bool) -> None:
    assert same(got, expected, JSON) is met
    assert not same((1, 2), [1, 2], EQUAL)


def test_json_takes_no_list_for_a_member_of_a_set() -> None:
    with pytest.raises(plain.NotPlain):
        same_value({"set": [[1, 2]]}, plain.encode({(1, 2)}), JSON)


def test_boxed_takes_a_result_out_of_its_list_of_one() -> None:
    boxed = Rule("boxed")
    for got, expected in [
        (5, [5]),
        ([5], [5]),
        ((1, 2), [[1, 2]]),
        ([[1, 2]], [[1, 2]]),
        ([], [[]]),
        (5, 5),
    ]:
        assert same(got, expected, boxed)
    for got, expected in [
        (1, [1, 2]),
        ([5], 5),
        ([[5]], [5]),
        (5, [[5]]),
        (6, [5]),
        (5, (6,)),
        ([], []),
        (None, []),
    ]:
        assert same(got, expected, boxed) is (got == expected)
