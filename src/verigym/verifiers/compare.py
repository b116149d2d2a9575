"""Comparing what a program gave back with what was expected, without running anything of its own.

Values are compared as trees of plain data (:mod:`verigym.sandbox.plain`), never as objects, so no
``__eq__`` and no ``__hash__`` of the candidate's exists here. Sets and dicts are compared through the
canonical text of their members: no foreign value is ever hashed by its own value, so a set of
colliding numbers costs no more than any other. Texts are compared as bytes.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from verigym.errors import TaskError
from verigym.sandbox import plain
from verigym.sandbox.plain import Tree

VALUE_MODES = ("strict", "equal", "close")
TEXT_MODES = ("exact", "lines", "tokens", "floats")


@dataclass(frozen=True)
class Rule:
    """How to compare.

    Values: ``strict`` (same types and values; ``True`` is not ``1``, ``1`` is not ``1.0``, a tuple is
    not a list), ``equal`` (as Python's ``==`` on builtin types), ``close`` (as ``equal``, and a float
    expectation is met within the tolerances). NaN meets NaN in every mode, and nothing else.

    Texts: ``exact`` (the same bytes, but for one newline at the end), ``lines`` (the same lines, but
    for white space at their ends and empty lines at the end), ``tokens`` (the same words), ``floats``
    (the same words, and an expected word that is written as a float is met within the tolerances).
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
        fields: dict[str, Any] = {"mode": value} if isinstance(value, str) else dict(value)
        unknown = sorted(set(fields) - {"mode", "relative", "absolute"})
        if unknown or fields.get("mode") not in modes:
            raise TaskError(f"compare is {fields!r}; its mode must be one of {', '.join(modes)}")
        for name in ("relative", "absolute"):
            number = fields.get(name, 0.0)
            if type(number) not in (int, float) or not 0 <= number < math.inf:
                raise TaskError(f"compare has {name} {number!r}; it must be a finite number from 0 up")
        return cls(**fields)

    def near(self, got: float, expected: float) -> bool:
        """Whether a float meets an expected one. Written so that NaN never slips through."""
        if math.isnan(expected) or math.isinf(expected) or math.isinf(got):
            return got == expected or (math.isnan(expected) and math.isnan(got))
        return abs(got - expected) <= max(self.absolute, self.relative * abs(expected))


# ------------------------------------------------------------------------------------- values


def same_value(got: Tree, expected: Tree, rule: Rule) -> bool:
    """Whether a tree meets an expected one.

    Raises:
        plain.NotPlain: when ``got`` is no tree of plain data.
    """
    if _is_number(expected):
        return _is_number(got) and _same_number(got, expected, rule)
    if isinstance(expected, list | tuple):
        return isinstance(got, list | tuple) and _same_items(got, expected, rule)
    if not isinstance(expected, Mapping):
        return type(got) is type(expected) and bool(got == expected)
    if not isinstance(got, Mapping) or _is_number(got):
        return False
    (tag, body), (got_tag, got_body) = plain.untag(dict(expected)), plain.untag(dict(got))
    if rule.mode != "strict":
        tag, got_tag = _LOOSE.get(tag, tag), _LOOSE.get(got_tag, got_tag)
    if tag != got_tag:
        return False
    if tag == "tuple":
        return _same_items(_list(got_body), body, rule)
    if tag in ("set", "frozenset"):
        return _keys(got_body, rule) == _keys(body, rule)
    if tag == "dict":
        return _same_dict(got_body, body, rule)
    return bool(got_body == _thaw(body))


_LOOSE = {"frozenset": "set", "bytearray": "bytes"}


def _same_items(got: Any, expected: Any, rule: Rule) -> bool:
    if len(got) != len(expected):
        return False
    return all(same_value(a, b, rule) for a, b in zip(got, expected, strict=True))


def _same_dict(got: Tree, expected: Tree, rule: Rule) -> bool:
    theirs = {_key(_pair(item)[0], rule): _pair(item)[1] for item in _list(got)}
    ours = {_key(item[0], rule): item[1] for item in expected}
    if len(theirs) != len(_list(got)) or theirs.keys() != ours.keys():
        return False
    return all(same_value(theirs[key], value, rule) for key, value in ours.items())


def _is_number(tree: Tree) -> bool:
    if isinstance(tree, Mapping):
        return tuple(tree) in (("int",), ("float",))
    return type(tree) in (bool, int, float)


def _same_number(got: Tree, expected: Tree, rule: Rule) -> bool:
    a, b = (plain.decode(dict(x) if isinstance(x, Mapping) else x) for x in (got, expected))
    if rule.mode == "strict" and type(a) is not type(b):
        return False
    if rule.mode == "close" and type(b) is float and abs(a) < 1e308:
        return rule.near(float(a), b)
    return bool(a == b) or (a != a and b != b)


def _keys(body: Tree, rule: Rule) -> list[str]:
    return sorted(_key(member, rule) for member in _list(body))


def _key(tree: Tree, rule: Rule) -> str:
    """A text that two hashable members share exactly when the rule calls them equal."""
    if _is_number(tree):
        value = plain.decode(dict(tree) if isinstance(tree, Mapping) else tree)
        if rule.mode != "strict" and value == value and abs(value) != math.inf and value == int(value):
            value = int(value)
        return f"{type(value).__name__}:{hex(value) if type(value) is int else value!r}"
    if isinstance(tree, Mapping):
        tag, body = plain.untag(dict(tree))
        if tag in ("set", "frozenset"):
            return f"set:{_keys(body, rule)}"
        if tag == "tuple":
            return f"tuple:{[_key(member, rule) for member in _list(body)]}"
    return plain.dumps(tree).decode()


def _list(body: Tree) -> Any:
    if not isinstance(body, list | tuple):
        raise plain.NotPlain("a container without a list of members")
    return body


def _pair(item: Tree) -> Any:
    if not isinstance(item, list | tuple) or len(item) != 2:
        raise plain.NotPlain("a dict item that is not a pair")
    return item


def _thaw(body: Tree) -> Tree:
    return list(body) if isinstance(body, tuple) else body


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
    theirs, ours = got.split(), expected.split()
    if len(theirs) != len(ours):
        return False
    if rule.mode == "tokens":
        return theirs == ours
    return all(a == b or _near_token(a, b, rule) for a, b in zip(theirs, ours, strict=True))


def _lines(text: bytes) -> list[bytes]:
    return [line.rstrip() for line in text.rstrip().split(b"\n")]


def _near_token(got: bytes, expected: bytes, rule: Rule) -> bool:
    if max(len(got), len(expected)) > _LONGEST_FLOAT or not _FLOAT.fullmatch(expected):
        return False
    return bool(_NUMBER.fullmatch(got)) and rule.near(float(got), float(expected))
