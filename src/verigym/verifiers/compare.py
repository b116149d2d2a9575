"""Comparing what a program gave back with what was expected, without running anything of its own.

Values are compared as trees of plain data (:mod:`verigym.sandbox.inside.plain`), never as objects, so
no ``__eq__`` and no ``__hash__`` of the candidate's exists here. Members of sets and keys of dicts are
compared by a digest of what they are: no foreign value is ever hashed by its own value, so a set of
colliding numbers costs no more than any other, and all of it is linear in the size of the trees.
Texts are compared as bytes.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from verigym.errors import TaskError
from verigym.sandbox.inside import plain
from verigym.sandbox.inside.plain import Tree

VALUE_MODES = ("strict", "equal", "close", "json", "boxed")
TEXT_MODES = ("exact", "lines", "tokens", "floats", "caseless", "unordered")


@dataclass(frozen=True)
class Rule:
    """How to compare.

    Values: ``strict`` (same types and values; ``True`` is not ``1``, ``1`` is not ``1.0``, a tuple is
    not a list), ``equal`` (as Python's ``==`` on builtin types), ``close`` (as ``equal``, and a float
    expectation is met within the tolerances, but not as a member of a set or a key of a dict), ``json``
    (as ``equal``, and a tuple is a list, because JSON knows no tuples), ``boxed`` (as ``json``, and an
    expected list of one member is met by that member too, because some data sets put each result into
    a list). NaN meets NaN in every mode, and nothing else.

    Texts: ``exact`` (the same bytes, but for one newline at the end), ``lines`` (the same lines, but
    for white space at their ends and empty lines at the end), ``tokens`` (the same words), ``floats``
    (the same words, and an expected word that is written as a float is met within the tolerances),
    ``caseless`` (as ``floats``, and ASCII letters of either case are the same), ``unordered`` (the same
    lines of words, in any order of the lines).

    A number is within the tolerances of an expected one when they differ by at most ``absolute``, or
    by at most ``relative`` times the expected one.
    """

    mode: str
    relative: float = 1e-6
    absolute: float = 1e-9

    def to_json(self) -> dict[str, Any]:
        return {"mode": self.mode, "relative": self.relative, "absolute": self.absolute}

    @classmethod
    def build(cls, value: str | Mapping[str, Any], modes: tuple[str, ...]) -> Rule:
        """A rule from its mode or its JSON.

        Raises:
            TaskError: for an unknown mode or a tolerance that is not a finite number from 0 up.
        """
        if not isinstance(value, str | Mapping):
            raise TaskError(f"compare is {value!r}; it must be one of {', '.join(modes)}")
        fields: dict[str, Any] = {"mode": value} if isinstance(value, str) else dict(value)
        unknown = sorted(set(fields) - {"mode", "relative", "absolute"})
        if unknown or fields.get("mode") not in modes:
            raise TaskError(f"compare is {fields!r}; its mode must be one of {', '.join(modes)}")
        for name in ("relative", "absolute"):
            number = fields.get(name, 0.0)
            if type(number) not in (int, float) or not 0 <= number <= _LARGEST:
                raise TaskError(f"compare has {name} {number!r}; it must be a finite number from 0 up")
        return cls(**fields)

    def near(self, got: float, expected: float) -> bool:
        """Whether a number meets an expected one. Written so that NaN never slips through."""
        if math.isnan(expected) or math.isinf(expected) or not -_LARGEST < got < _LARGEST:
            return got == expected or (math.isnan(expected) and got != got)
        return abs(got - expected) <= max(self.absolute, self.relative * abs(expected))


_LARGEST = 1e308  # larger ints do not fit in a float

# ------------------------------------------------------------------------------------- values


def same_value(got: Tree, expected: Tree, rule: Rule) -> bool:
    """Whether a tree meets an expected one.

    Raises:
        plain.NotPlain: when ``got`` is no tree of plain data.
    """
    if rule.mode == "boxed":
        inner = replace(rule, mode="json")
        boxed = isinstance(expected, list | tuple) and len(expected) == 1
        return same_value(got, expected, inner) or (boxed and same_value(got, expected[0], inner))
    kind, value = _opened(expected, rule)
    their_kind, theirs = _opened(got, rule)
    if their_kind != kind:
        return False
    if kind in ("list", "tuple"):
        return len(theirs) == len(value) and all(
            same_value(a, b, rule) for a, b in zip(theirs, value, strict=True)
        )
    if kind in ("set", "frozenset"):
        return sorted(_key(a, rule) for a in theirs) == sorted(_key(b, rule) for b in value)
    if kind == "dict":
        return _same_dict(theirs, value, rule)
    return _same_scalar(theirs, value, rule)


def _opened(tree: Tree, rule: Rule) -> tuple[str, Any]:
    """(kind, content) of a tree: the members of a container, the value of anything else."""
    if isinstance(tree, list | tuple):
        return "list", tree
    if isinstance(tree, Mapping):
        tag, body = plain.untag(tree)
        value = plain.members(body) if tag in _CONTAINERS else plain.decode({tag: body})
    else:
        tag, value = type(tree).__name__, tree
    return _KINDS[rule.mode].get(tag, tag), value


_CONTAINERS = ("tuple", "set", "frozenset", "dict")
_LOOSE = {
    **dict.fromkeys(("bool", "int", "float", "complex"), "number"),
    "frozenset": "set",
    "bytearray": "bytes",
}
_KINDS: dict[str, dict[str, str]] = {
    "strict": {},
    **dict.fromkeys(("equal", "close"), _LOOSE),
    "json": {**_LOOSE, "tuple": "list"},
}
"""For each mode the kinds that it does not tell apart, by the name that it has for them."""


def _same_dict(got: Any, expected: Any, rule: Rule) -> bool:
    theirs = {_key(key, rule): value for key, value in map(plain.pair, got)}
    ours = {_key(key, rule): value for key, value in map(plain.pair, expected)}
    if len(theirs) != len(got) or theirs.keys() != ours.keys():
        return False
    return all(same_value(theirs[key], value, rule) for key, value in ours.items())


def _same_scalar(got: Any, expected: Any, rule: Rule) -> bool:
    if complex in (type(got), type(expected)):
        return _same_scalar(got.real, expected.real, rule) and _same_scalar(
            got.imag, expected.imag, rule
        )
    if rule.mode == "close" and type(expected) is float:
        return rule.near(got, expected)
    return bool(got == expected) or (got != got and expected != expected)


def _key(tree: Tree, rule: Rule) -> bytes:
    """A digest that two hashable members share exactly when the rule calls them equal."""
    kind, value = _opened(tree, rule)
    if isinstance(tree, list | tuple) or kind in ("dict", "bytearray"):
        raise plain.NotPlain(f"a {kind} cannot be a member of a set or a key")
    if kind in ("tuple", "list"):  # a tuple is called a list where the rule does not tell them apart
        content = b"".join(_key(member, rule) for member in value)
    elif kind in ("set", "frozenset"):
        content = b"".join(sorted(_key(member, rule) for member in value))
    else:
        content = _text(value, rule.mode == "strict")
    return hashlib.sha256(kind.encode() + b":" + content).digest()


def _text(value: Any, strict: bool) -> bytes:
    """The same bytes for equal values of one kind that is not a container."""
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    if isinstance(value, bytes | bytearray):
        return bytes(value)
    if isinstance(value, range):
        ends = (value[0], value[-1], value.step if value[0] != value[-1] else 0) if value else ()
        return repr([hex(number) for number in ends]).encode()
    if type(value) is complex and not strict and value.imag == 0:
        value = value.real
    if type(value) in (float, complex):
        value += type(value)(0)  # -0.0 equals 0.0
    if not strict and type(value) in (bool, float) and value == value and abs(value) != math.inf:
        value = int(value) if value == int(value) else value
    return (hex(value) if type(value) is int else repr(value)).encode()


# -------------------------------------------------------------------------------------- texts

_FLOAT = re.compile(rb"[+-]?(\d+\.\d*|\.\d+|\d+(?=[eE]))([eE][+-]?\d+)?", re.ASCII)
_NUMBER = re.compile(rb"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_LONGEST_FLOAT = 400


def same_text(got: bytes, expected: bytes, rule: Rule) -> bool:
    """Whether an output meets an expected one."""
    if rule.mode == "exact":
        return got.removesuffix(b"\n") == expected.removesuffix(b"\n")
    if rule.mode == "lines":
        return _lines(got) == _lines(expected)
    if rule.mode == "caseless":
        got, expected = got.lower(), expected.lower()
    if rule.mode == "unordered":
        return _words_by_line(got) == _words_by_line(expected)
    theirs, ours = got.split(), expected.split()
    if len(theirs) != len(ours):
        return False
    if rule.mode == "tokens":
        return theirs == ours
    return all(a == b or _near_token(a, b, rule) for a, b in zip(theirs, ours, strict=True))


def _lines(text: bytes) -> list[bytes]:
    return [line.rstrip() for line in text.rstrip().split(b"\n")]


def _words_by_line(text: bytes) -> list[list[bytes]]:
    return sorted(words for line in text.split(b"\n") if (words := line.split()))


def _near_token(got: bytes, expected: bytes, rule: Rule) -> bool:
    if max(len(got), len(expected)) > _LONGEST_FLOAT or not _FLOAT.fullmatch(expected):
        return False
    if not _NUMBER.fullmatch(got) or math.isinf(float(expected)):  # infinities hide what was written
        return False
    return rule.near(float(got), float(expected))
