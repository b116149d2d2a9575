"""Plain data: the only thing that crosses between a program and whoever judges it.

A value is written as a JSON tree. ``None``, bools, strings, small ints, finite floats and lists stand
for themselves; everything else is an object with exactly one key, its type::

    (1, {2})  ->  {"tuple": [1, {"set": [2]}]}

Only builtin types exist here, and decoding builds only builtin types: no class is looked up, nothing
is evaluated. This file is also loaded inside the sandbox, so it needs the standard library only.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any

Tree = Any
"""A JSON value as described above."""

_LISTS, _HOLDERS = (list, tuple), (list, tuple, dict, set, bytearray)
MAX_DEPTH = 100
MAX_BYTES = 8 << 20
_SMALL = 1 << 256  # larger ints travel as hexadecimal, which is linear to read and write
_DIGITS = 80  # of a small int
_NESTING = 3 * MAX_DEPTH + 16  # of the JSON; a dict is three deep, and a message wraps its values


class NotPlain(TypeError):
    """A value, or a tree, that is not plain data. The message names the type."""


class TooDeep(NotPlain):
    """A value that is made of plain data alone, but nests more than ``MAX_DEPTH`` deep."""


Other = Callable[[Any], Tree]
"""Writes, for one channel, values that are not plain data: as a tree, under a tag of its own."""


def encode(value: Any, coerce: bool = False, depth: int = 0, other: Other | None = None) -> Tree:
    """The tree of a value.

    With ``coerce``, an instance of a subclass of a builtin type is written as that builtin's own
    content, read with the builtin's own methods: what such an object *claims* (by ``__eq__``, say)
    does not travel. ``other`` is asked for what is of any other type.

    Raises:
        NotPlain: for any other type.
        TooDeep: when nested deeper than ``MAX_DEPTH``.
    """
    kind = type(value)
    if value is None or kind is bool or kind is str:
        return value
    if kind is int:
        return value if -_SMALL < value < _SMALL else {"int": hex(value)}
    if kind is float:
        return value if math.isfinite(value) else {"float": repr(value)}
    if depth >= MAX_DEPTH:
        raise TooDeep(f"nested more than {MAX_DEPTH} deep")
    depth += 1
    if kind is list:
        return [encode(item, coerce, depth, other) for item in value]
    if kind is tuple or kind is set or kind is frozenset:
        return {kind.__name__: [encode(item, coerce, depth, other) for item in value]}
    if kind is dict:
        return {
            "dict": [
                [encode(k, coerce, depth, other), encode(v, coerce, depth, other)]
                for k, v in value.items()
            ]
        }
    if kind is bytes or kind is bytearray:
        return {kind.__name__: value.hex()}
    if kind is complex:
        return {"complex": [encode(value.real), encode(value.imag)]}
    if kind is range:
        return {"range": [encode(value.start), encode(value.stop), encode(value.step)]}
    if coerce:
        for base, content in _CONTENT.items():
            if issubclass(kind, base):  # not isinstance, which believes a claimed __class__
                return encode(content(value), coerce, depth, other)
    if other is not None:
        return other(value)
    raise NotPlain(f"a {kind.__name__[:80]} is not plain data")


_CONTENT: dict[type, Callable[[Any], Any]] = {
    int: int.__int__,
    float: float.__float__,
    complex: complex.__pos__,
    str: str.__str__,
    bytes: lambda value: bytes.__getitem__(value, slice(None)),
    bytearray: lambda value: bytearray.__getitem__(value, slice(None)),
    list: lambda value: list.__getitem__(value, slice(None)),
    tuple: lambda value: tuple.__getitem__(value, slice(None)),
    dict: lambda value: dict(dict.items(value)),
    set: lambda value: set(set.__iter__(value)),
    frozenset: lambda value: frozenset(frozenset.__iter__(value)),
}


def decoder(others: Mapping[str, Callable[[Tree], Any]]) -> Callable[[Tree], Any]:
    """What :func:`decode` is, for a channel on which some tags of its own (each with a function of what
    is tagged) stand for values that are not plain data.
    """

    def decode(tree: Tree) -> Any:
        if isinstance(tree, _LISTS):
            return [decode(item) for item in tree]
        if not isinstance(tree, dict):
            return tree
        tag, body = untag(tree, decoders)
        try:
            return decoders[tag](body)
        except NotPlain:
            raise
        except (TypeError, ValueError, LookupError) as error:  # unhashable, odd hex, wrong shape
            raise NotPlain(f"not a {tag}: {str(error)[:100]}") from None

    def complex_(body: Tree) -> complex:
        real, imaginary = map(decode, members(body))
        if type(real) is not float or type(imaginary) is not float:
            raise NotPlain("a complex number whose parts are not floats")
        return complex(real, imaginary)

    decoders: dict[str, Callable[[Tree], Any]] = {
        "int": lambda body: int(body, 16),
        "float": {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}.__getitem__,
        "tuple": lambda body: tuple(map(decode, members(body))),
        "set": lambda body: set(map(decode, members(body))),
        "frozenset": lambda body: frozenset(map(decode, members(body))),
        "dict": lambda body: {decode(k): decode(v) for k, v in map(pair, members(body))},
        "bytes": bytes.fromhex,
        "bytearray": bytearray.fromhex,
        "complex": complex_,
        "range": lambda body: range(*map(decode, members(body))),
        **others,
    }
    return decode


TAGS = (
    *("int", "float", "tuple", "set", "frozenset", "dict"),
    *("bytes", "bytearray", "complex", "range"),
)
"""The types that a tree names."""


def untag(tree: Mapping[str, Tree], tags: Container[str] = TAGS) -> tuple[str, Tree]:
    """(tag, body) of an object in a tree; the body is not looked at.

    Raises:
        NotPlain: when it has not exactly one key, or one that is no type's name.
    """
    if len(tree) != 1:
        raise NotPlain(f"an object with {len(tree)} keys")
    ((tag, body),) = tree.items()
    if tag not in tags:
        raise NotPlain(f"an object tagged {tag[:40]!r}")
    return tag, body


def members(body: Tree) -> Sequence[Tree]:
    """The list that the body of a container must be.

    Raises:
        NotPlain: when it is none.
    """
    if not isinstance(body, list | tuple):
        raise NotPlain(f"a {type(body).__name__} instead of a list of members")
    return body


def pair(item: Tree) -> Sequence[Tree]:
    """The (key, value) that an item of a dict must be.

    Raises:
        NotPlain: when it is none.
    """
    if len(members(item)) != 2:
        raise NotPlain("a dict item that is not a pair")
    return members(item)


_decode = decoder({})


def decode(tree: Tree) -> Any:
    """The value of a tree.

    Raises:
        NotPlain: when it is no such tree.
    """
    return _decode(tree)


# ------------------------------------------------------------------------- changed in place


def mutables(values: Iterable[Any], apart: Container[int] = ()) -> list[Any]:
    """The lists, dicts, sets and bytearrays in plain values, always in the same order; without those
    whose identities are set ``apart``, because they do not travel as data.
    """
    found: list[Any] = []
    for value in values:
        if not isinstance(value, _HOLDERS) or id(value) in apart:
            continue
        if not isinstance(value, tuple):
            found.append(value)
        if isinstance(value, dict):
            found += mutables(value.values(), apart)
        elif isinstance(value, _LISTS):
            found += mutables(value, apart)
    return found


def refill(
    olds: list[Any], new_values: list[Any], origins: list[int], apart: Container[int] = ()
) -> None:
    """Give each old mutable value the content of the new one that came of it.

    Raises:
        TypeError, LookupError: when they do not belong together.
    """
    news = mutables(new_values, apart)
    twins = {id(new): olds[origin] for new, origin in zip(news, origins, strict=True) if origin >= 0}
    for new in news:
        old = twins.get(id(new), new)
        if not isinstance(old, type(new)):
            raise TypeError(f"a {type(old).__name__} cannot become a {type(new).__name__}")
        if isinstance(new, list):
            old[:] = [_twin(item, twins) for item in new]
        elif isinstance(new, bytearray):
            old[:] = new
        else:
            content = (
                {k: _twin(v, twins) for k, v in new.items()} if isinstance(new, dict) else set(new)
            )
            old.clear()
            old.update(content)


def _twin(item: Any, twins: dict[int, Any]) -> Any:
    if type(item) is tuple:
        return tuple(_twin(part, twins) for part in item)
    return twins.get(id(item), item)


# ------------------------------------------------------------------------------------- bytes


def dumps(tree: Tree) -> bytes:
    """JSON, ASCII, without spaces."""
    return _ENCODER.encode(tree).encode()


def loads(data: bytes) -> Tree:
    """The tree in foreign bytes, in time and memory that are linear in their number.

    Raises:
        NotPlain: when they are not JSON, are too long, nest too deep, or hold a number that no tree
            has (an infinite float, a long int in decimal digits).
    """
    if len(data) > MAX_BYTES:
        raise NotPlain(f"{len(data)} bytes of data, at most {MAX_BYTES} are read")
    if data.count(b"[") + data.count(b"{") > _NESTING and nesting(data) > _NESTING:
        raise NotPlain(f"JSON that nests more than {_NESTING} deep")
    try:
        return _DECODER.decode(data.decode())
    except (ValueError, RecursionError) as error:
        raise NotPlain(f"not JSON: {str(error)[:100]}") from None


_BRACKETS = b"[]{}"
_OTHERS = bytes(set(range(256)) - set(_BRACKETS))


def nesting(data: bytes) -> int:
    """How deep JSON nests. Asked before it is parsed: the parser recurses as deep as the interpreter's
    recursion limit allows, which a trainer may have raised beyond what its stack holds.
    """
    unescaped = data.replace(b"\\\\", b"").replace(b'\\"', b"")
    brackets = b"".join(unescaped.split(b'"')[::2]).translate(None, _OTHERS)
    return max(accumulate(1 if byte in b"[{" else -1 for byte in brackets), default=0)


def _small_int(text: str) -> int:
    if len(text) > _DIGITS:
        raise ValueError(f"an int of {len(text)} digits")
    return int(text)


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError(f"{text[:40]} is no finite float")
    return value


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


_ENCODER = json.JSONEncoder(separators=(",", ":"), allow_nan=False, check_circular=False)
_DECODER = json.JSONDecoder(parse_int=_small_int, parse_float=_finite, parse_constant=_no_constant)
