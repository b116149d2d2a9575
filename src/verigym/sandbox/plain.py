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
from collections.abc import Callable
from typing import Any

Tree = Any
"""A JSON value as described above."""

MAX_DEPTH = 100
MAX_BYTES = 8 << 20
_SMALL = 1 << 256  # larger ints travel as hexadecimal, which is linear to read and write


class NotPlain(TypeError):
    """A value, or a tree, that is not plain data. The message names the type."""


def encode(value: Any, coerce: bool = False, depth: int = 0) -> Tree:
    """The tree of a value.

    With ``coerce``, an instance of a subclass of a builtin type is written as that builtin's own
    content, read with the builtin's own methods: what such an object *claims* (by ``__eq__``, say)
    does not travel.

    Raises:
        NotPlain: for any other type, or when nested deeper than ``MAX_DEPTH``.
    """
    kind = type(value)
    if value is None or kind is bool or kind is str:
        return value
    if kind is int:
        return value if -_SMALL < value < _SMALL else {"int": hex(value)}
    if kind is float:
        return value if math.isfinite(value) else {"float": repr(value)}
    if depth >= MAX_DEPTH:
        raise NotPlain(f"nested more than {MAX_DEPTH} deep")
    depth += 1
    if kind is list:
        return [encode(item, coerce, depth) for item in value]
    if kind is tuple or kind is set or kind is frozenset:
        return {kind.__name__: [encode(item, coerce, depth) for item in value]}
    if kind is dict:
        return {
            "dict": [[encode(k, coerce, depth), encode(v, coerce, depth)] for k, v in value.items()]
        }
    if kind is bytes or kind is bytearray:
        return {kind.__name__: value.hex()}
    if kind is complex:
        return {"complex": [encode(value.real), encode(value.imag)]}
    if kind is range:
        return {"range": [value.start, value.stop, value.step]}
    if coerce:
        for base, content in _CONTENT.items():
            if isinstance(value, base):
                return encode(content(value), coerce, depth)
    raise NotPlain(f"a {kind.__name__} is not plain data")


_CONTENT: dict[type, Callable[[Any], Any]] = {
    int: int.__int__,
    float: float.__float__,
    complex: lambda value: complex(complex.__add__(value, 0)),
    str: str.__str__,
    bytes: lambda value: bytes.__getitem__(value, slice(None)),
    bytearray: lambda value: bytearray.__getitem__(value, slice(None)),
    list: lambda value: list.__getitem__(value, slice(None)),
    tuple: lambda value: tuple.__getitem__(value, slice(None)),
    dict: lambda value: dict(dict.items(value)),
    set: lambda value: set(set.__iter__(value)),
    frozenset: lambda value: frozenset(frozenset.__iter__(value)),
}


def decode(tree: Tree) -> Any:
    """The value of a tree.

    Raises:
        NotPlain: when it is no such tree.
    """
    if isinstance(tree, list):
        return [decode(item) for item in tree]
    if not isinstance(tree, dict):
        return tree
    tag, body = untag(tree)
    try:
        return _DECODERS[tag](body)
    except (TypeError, ValueError, AttributeError) as error:  # unhashable member, odd hex, wrong shape
        raise NotPlain(f"not a {tag}: {error}") from None


def untag(tree: dict[str, Tree]) -> tuple[str, Tree]:
    """(tag, body) of an object in a tree."""
    if len(tree) != 1:
        raise NotPlain(f"an object with {len(tree)} keys")
    ((tag, body),) = tree.items()
    if tag not in _DECODERS:
        raise NotPlain(f"an object tagged {tag[:40]!r}")
    return tag, body


_DECODERS: dict[str, Callable[[Tree], Any]] = {
    "int": lambda body: int(body, 16),
    "float": lambda body: (
        {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}.get(body) or float(body)
    ),
    "tuple": lambda body: tuple(map(decode, body)),
    "set": lambda body: set(map(decode, body)),
    "frozenset": lambda body: frozenset(map(decode, body)),
    "dict": lambda body: {decode(k): decode(v) for k, v in body},
    "bytes": lambda body: bytes.fromhex(body),
    "bytearray": lambda body: bytearray.fromhex(body),
    "complex": lambda body: complex(*map(decode, body)),
    "range": lambda body: range(*body),
}


def dumps(tree: Tree) -> bytes:
    """JSON, ASCII, without spaces."""
    return json.dumps(tree, separators=(",", ":"), allow_nan=False).encode()


def loads(data: bytes) -> Tree:
    """The tree in foreign bytes.

    Raises:
        NotPlain: when they are not JSON, are too long or nest too deep.
    """
    if len(data) > MAX_BYTES:
        raise NotPlain(f"{len(data)} bytes of data, at most {MAX_BYTES} are read")
    try:
        return json.loads(data, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise NotPlain(f"not JSON: {str(error)[:100]}") from None


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
