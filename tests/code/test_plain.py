"""The codec: what goes in comes out, and foreign bytes can do nothing but be refused."""

from __future__ import annotations

import collections
import enum
import json
import math
import sys
import time
from typing import Any, NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from plain_values import VALUES, exact

from verigym.sandbox.inside import plain


def through(value: Any, coerce: bool = False) -> Any:
    return plain.decode(plain.loads(plain.dumps(plain.encode(value, coerce))))


@given(VALUES)
@example(math.nan)
@example([-0.0, 0.0, complex(-0.0, -0.0), math.inf, -math.inf])
@example([1 << 5000, -(1 << 5000), 1 << 256, (1 << 256) - 1])
@example(["\ud800", "\0", '"\\', "\N{SNOWMAN}"])
@example([range(1 << 5000), range(-5, 5, 3)])
@example({(): [set()], frozenset(): {}, b"": bytearray(b"\xff")})
def test_every_plain_value_comes_back_unchanged_and_of_its_own_type(value: Any) -> None:
    assert exact(through(value)) == exact(value)
    assert exact(through(value, coerce=True)) == exact(value)


def test_ints_that_python_will_not_write_in_decimal_digits_travel() -> None:
    for value in (10**9000, -(10**9000), range(10**9000), {range(1, 10**9000): 10**9000}):
        assert through(value) == value


@pytest.mark.parametrize(
    "value",
    [object(), print, int, iter([]), (i for i in ()), ..., NotImplemented, {}.keys(), (1).real.__add__],
)
def test_nothing_else_is_plain(value: Any) -> None:
    for coerce in (False, True):
        for nested in (value, [value], {"k": value}, ((value,),)):
            with pytest.raises(plain.NotPlain):
                plain.encode(nested, coerce)


def test_what_nests_too_deep_is_refused_and_a_cycle_too() -> None:
    value: list[Any] = []
    for _ in range(plain.MAX_DEPTH - 1):
        value = [value]
    assert through(value) == value
    with pytest.raises(plain.TooDeep, match="more than 100 deep"):
        plain.encode([value])
    cycle: list[Any] = []
    cycle.append(cycle)
    with pytest.raises(plain.TooDeep):
        plain.encode(cycle)


def test_the_deepest_of_every_container_can_be_read_back() -> None:
    wrappers = (lambda v: [v], lambda v: (v,), lambda v: {0: v}, lambda v: frozenset([v]))
    for wrap in wrappers:
        value = 1
        for _ in range(plain.MAX_DEPTH):
            value = wrap(value)
        assert through(value) == value


# ------------------------------------------------------------------------------------ coercion


class Colour(enum.IntEnum):
    RED = 7


class Point(NamedTuple):
    x: int
    y: int


def lying(base: type) -> type:
    """A subclass that claims to be anything and to hold nothing of what it holds."""

    def lie(*args: Any, **kwargs: Any) -> Any:
        raise AssertionError("a method of the object was called")

    names = [
        "eq",
        "ne",
        "iter",
        "len",
        "getitem",
        "contains",
        "str",
        "repr",
        "int",
        "float",
        "index",
        "bool",
        "complex",
        "bytes",
        "add",
        "pos",
    ]
    body = {f"__{name}__": lie for name in names}
    body.update(
        dict.fromkeys(("items", "keys", "values", "copy", "__reduce__", "hex", "as_integer_ratio"), lie)
    )
    if base.__hash__ is not None:
        body["__hash__"] = base.__hash__
    body["__class__"] = property(lambda self: type(None))
    return type("Lying", (base,), body)


@pytest.mark.parametrize(
    "content",
    [
        5, -(1 << 300), 1.5, -0.0, math.inf, 2 + 3j, complex(-0.0, -0.0), "text", b"bytes",
        bytearray(b"array"), [1, [2]], (1, (2,)), {"k": [1]}, {1, 2}, frozenset([3]),
    ],
    ids=repr,
)  # fmt: skip
def test_a_subclass_is_read_as_what_it_holds_whatever_it_claims(content: Any) -> None:
    hostile = lying(type(content))(content)
    with pytest.raises(plain.NotPlain):
        plain.encode(hostile)
    assert exact(through(hostile, coerce=True)) == exact(content)
    assert exact(through([hostile, (hostile,)], coerce=True)) == exact([content, (content,)])


def test_a_claimed_class_is_not_believed() -> None:
    class Claims:
        __class__ = property(lambda self: int)  # type: ignore[assignment]

        def __int__(self) -> int:
            return 42

    assert isinstance(Claims(), int)
    with pytest.raises(plain.NotPlain, match="a Claims is not plain data"):
        plain.encode(Claims(), coerce=True)


def test_everyday_subclasses_are_coerced() -> None:
    assert exact(through(Colour.RED, coerce=True)) == exact(7)
    assert exact(through(Point(1, 2), coerce=True)) == exact((1, 2))
    assert exact(through(collections.OrderedDict(b=1, a=2), coerce=True)) == exact({"b": 1, "a": 2})
    assert exact(through(collections.Counter("aab"), coerce=True)) == exact({"a": 2, "b": 1})
    assert exact(through(collections.defaultdict(list, {1: [2]}), coerce=True)) == exact({1: [2]})


# ------------------------------------------------------------------------------- hostile bytes

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(sorted(plain.TAGS)) | st.text(), inner, max_size=2)
    ),
    max_leaves=12,
)


@given(st.binary() | JSON.map(lambda tree: json.dumps(tree).encode()) | st.text().map(str.encode))
@example(b'{"complex":[{"int":"0x' + b"f" * 400 + b'"},0.0]}')
@example(b'{"range":[0,1,0]}')
@example(b'{"set":[[1]]}')
@example(b'{"float":[]}')
def test_foreign_bytes_raise_nothing_but_not_plain(data: bytes) -> None:
    try:
        value = plain.decode(plain.loads(data))
    except plain.NotPlain:
        return
    assert exact(through(value)) == exact(value)


@pytest.mark.parametrize(
    "data",
    [
        b"", b"{", b"nonsense", b"[1,]", b"1 2", b"\xff\xfe[\0", b'"\xff"', b"\xef\xbb\xbf1", b"\0",
        b"NaN", b"[Infinity]", b"-Infinity", b"1e999", b"[-1e999]", b"9" * 81, b"9" * 1_000_000,
        b"[" * 400 + b"]" * 400, b"[" * 4_000_000, b'{"tuple":' * 900_000, b"'1'",
        "[1]".encode("utf-16"), "[1]".encode("utf-32"),
    ],
    ids=lambda data: repr(data[:20]),
)  # fmt: skip
def test_bytes_that_are_no_tree_are_refused_soon(data: bytes) -> None:
    start = time.process_time()
    with pytest.raises(plain.NotPlain):
        plain.loads(data)
    assert time.process_time() - start < 2


@pytest.mark.parametrize(
    "text",
    [
        '{"int":5}', '{"int":"z"}', '{"int":null}', '{"float":"1.5"}', '{"float":"NaN"}', '{"float":1}',
        '{"tuple":"ab"}', '{"tuple":{"tuple":[]}}', '{"tuple":null}', '{"set":[[]]}', '{"set":[{"dict":[]}]}',
        '{"frozenset":3}', '{"dict":["ab"]}', '{"dict":[[1]]}', '{"dict":[[[],1]]}', '{"dict":[1]}',
        '{"dict":{}}', '{"bytes":"f"}', '{"bytes":[1]}', '{"bytearray":7}', '{"complex":[1,2]}',
        '{"complex":["1","2"]}', '{"complex":[1.0]}', '{"range":[]}', '{"range":["a"]}', '{"range":[0.5]}',
        '{"range":[1,2,0]}', "{}", '{"tuple":[],"list":[]}', '{"list":[]}', '{"builtins.eval":"1"}',
        '{"__class__":"os.system"}', '{"object":[]}',
    ],
)  # fmt: skip
def test_a_tree_of_no_value_is_refused(text: str) -> None:
    for wrapped in (text, f"[{text}]", f'{{"tuple":[[{text}]]}}'):
        with pytest.raises(plain.NotPlain):
            plain.decode(plain.loads(wrapped.encode()))


def test_too_many_bytes_are_not_read() -> None:
    with pytest.raises(plain.NotPlain, match="at most"):
        plain.loads(b" " * plain.MAX_BYTES + b"1")


@pytest.mark.parametrize(
    "noise", [rb'"]]]]"', rb'"\"]]]]"', rb'"\\"', rb'"\\\"]]"', rb'"[[[["', rb'"\n]"']
)
def test_brackets_inside_strings_neither_hide_depth_nor_add_to_it(noise: bytes) -> None:
    wide = b"[" + b",".join([noise] * 500) + b"]"
    assert plain.loads(wide) == json.loads(wide)
    deep = (b"[" + noise + b",") * 400 + b"1" + b"]" * 400
    with pytest.raises(plain.NotPlain, match="more than 316 deep"):
        plain.loads(deep)


def test_depth_is_bounded_even_where_the_recursion_limit_is_not() -> None:
    # A trainer that raised the limit must not be crashed by what its parser then allows.
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(10**6)
    try:
        for unit in (b"[", b'{"set":', b'["\\"",'):
            with pytest.raises(plain.NotPlain):
                plain.loads(unit * (plain.MAX_BYTES // len(unit)))
    finally:
        sys.setrecursionlimit(limit)


def test_hostile_sizes_cost_linear_time() -> None:
    half = plain.MAX_BYTES // 2 - 2
    start = time.process_time()
    for data in (
        b"[" + b'"\\"' * (half // 3) + b"]",
        b"[" * 317 + b'"' + b'\\"' * half,
        b"[" + b"[]," * (half // 3) + b"[]]",
        b'{"int":"0x' + b"f" * half + b'"}',
    ):
        try:
            plain.decode(plain.loads(data))
        except plain.NotPlain:
            continue
    assert time.process_time() - start < 15
