"""Plain data as JSON that programs in any language read and write, and results in it compared by value.

The form is JSON itself, and not that of :mod:`verigym.sandbox.inside.plain`: a tuple is an array, a set
is an array in any order, bytes are an array of numbers, a dict is an object where all its keys are
texts and else an array of ``[key, value]`` pairs in any order. NaN and the infinities, which JSON
lacks, are the texts ``"NaN"``, ``"Infinity"`` and ``"-Infinity"``.

What a program printed is read strictly: one value in a line, bounded in length and nesting, no key
twice. It is compared by what is expected there: an int is met by an int alone, without a fraction; a
float by any number that is near; True is not 1.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from verigym.sandbox.inside import plain
from verigym.sandbox.inside.plain import NotPlain, Tree
from verigym.verifiers.compare import Rule

KINDS = ("none", "bool", "int", "float", "str", "list", "dict", "pairs", "set", "bytes")
"""What :func:`kinds_of` finds; ``pairs`` are dicts with other keys than texts."""

_SLACK, _GROWTH = 1024, 64
"""A right result is not longer than 1024 bytes and 64 times the expected line."""
_MOST_DIGITS = 4300
_DEEPER = 2  # than expected is deep enough to see that it is wrong
_FLOATS = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
_ARRAYS, _SETS, _BYTES = ("tuple",), ("set", "frozenset"), ("bytes", "bytearray")


def to_json(tree: Tree) -> Any:
    """The JSON value of a tree.

    Raises:
        NotPlain: for what has no form in JSON: a complex number, a range, a text with a surrogate.
    """
    if isinstance(tree, list | tuple):
        return [to_json(item) for item in tree]
    if isinstance(tree, str):
        if not _is_unicode(tree):
            raise NotPlain("a text with a surrogate")
        return tree
    if not isinstance(tree, Mapping):
        return tree
    tag, body = plain.untag(tree)
    if tag in (*_ARRAYS, *_SETS):
        return [to_json(item) for item in plain.members(body)]
    if tag in _BYTES:
        return list(plain.decode({tag: body}))
    if tag == "dict":
        pairs = [(to_json(k), to_json(v)) for k, v in map(plain.pair, plain.members(body))]
        return dict(pairs) if _is_object(body) else [list(pair) for pair in pairs]
    if tag == "float":
        return _FLOATS[body]
    if tag == "int":
        return plain.decode({tag: body})
    raise NotPlain(f"a {tag} has no form in JSON")


def line_of(tree: Tree) -> str:
    """The line of JSON for a tree: letters outside of ASCII as they are, no spaces, no line break."""
    return json.dumps(to_json(tree), ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def kinds_of(trees: Sequence[Tree]) -> list[str]:
    """Those of :data:`KINDS` that some trees hold, in that order."""
    found: set[str] = set()
    waiting = list(trees)
    while waiting:
        tree = waiting.pop()
        if isinstance(tree, list | tuple):
            found.add("list")
            waiting += tree
        elif isinstance(tree, Mapping):
            tag, body = plain.untag(tree)
            if tag == "dict":
                found.add("dict" if _is_object(body) else "pairs")
                waiting += [part for item in plain.members(body) for part in plain.pair(item)]
            elif tag in (*_ARRAYS, *_SETS):
                found.add("set" if tag in _SETS else "list")
                waiting += plain.members(body)
            else:
                found.add("bytes" if tag in _BYTES else tag)
        else:
            found.add("none" if tree is None else type(tree).__name__)
    return [kind for kind in KINDS if kind in found]


# ------------------------------------------------------------------------------------- reading


def read(line: bytes, expected: Tree) -> Any:
    """The JSON value that a line holds, where something is expected.

    Raises:
        NotPlain: when it is too long or nests too deep to be what is expected, is no JSON value, has a
            key twice, or a number that is infinite or of more than 4300 digits.
    """
    wanted = plain.dumps(expected)
    if len(line) > _SLACK + _GROWTH * len(wanted):
        raise NotPlain(f"a line of {len(line)} bytes")
    if plain.nesting(line) > plain.nesting(wanted) + _DEEPER:
        raise NotPlain("it nests deeper than what is expected")
    try:
        return _DECODER.decode(line.decode())
    except (ValueError, RecursionError) as error:
        raise NotPlain(f"not JSON: {str(error)[:100]}") from None


def _int(text: str) -> int:
    if len(text) > _MOST_DIGITS:
        raise ValueError(f"an int of {len(text)} digits")
    return int(text)


def _float(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError(f"{text[:40]} is no finite float")
    return value


def _refused(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is given twice")
    return found


_DECODER = json.JSONDecoder(
    parse_int=_int, parse_float=_float, parse_constant=_refused, object_pairs_hook=_once
)


# ----------------------------------------------------------------------------------- comparing


def meets(got: Any, expected: Tree, rule: Rule) -> bool:
    """Whether a JSON value is what a tree says; floats within the rule's tolerances, except as members
    of a set or keys.
    """
    if isinstance(expected, list | tuple):
        return _meet(got, expected, rule)
    if isinstance(expected, Mapping):
        tag, body = plain.untag(expected)
        if tag in _ARRAYS:
            return _meet(got, plain.members(body), rule)
        if tag == "dict":
            return _dict_met(got, body, rule)
        if tag in _SETS:
            keys = sorted(_key(to_json(item)) for item in plain.members(body))
            return type(got) is list and len(got) == len(keys) and sorted(map(_key, got)) == keys
        expected = to_json(expected)
        return type(got) is type(expected) and bool(got == expected) and not _has_bool(got)
    if type(expected) is float:
        return type(got) in (int, float) and rule.near(got, expected)
    return type(got) is type(expected) and bool(got == expected)


def _meet(got: Any, expected: Sequence[Tree], rule: Rule) -> bool:
    return (
        type(got) is list
        and len(got) == len(expected)
        and all(meets(one, other, rule) for one, other in zip(got, expected, strict=True))
    )


def _dict_met(got: Any, body: Tree, rule: Rule) -> bool:
    items = [plain.pair(item) for item in plain.members(body)]
    if not items:  # of no keys nobody knows whether they would be texts
        return got in ([], {}) and type(got) in (list, dict)
    if _is_object(body):
        return (
            type(got) is dict
            and got.keys() == {key for key, _ in items}
            and all(meets(got[key], value, rule) for key, value in items)
        )
    if type(got) is not list or any(type(item) is not list or len(item) != 2 for item in got):
        return False
    theirs = {_key(key): value for key, value in got}
    ours = {_key(to_json(key)): value for key, value in items}
    return (
        len(theirs) == len(got)
        and theirs.keys() == ours.keys()
        and all(meets(theirs[key], value, rule) for key, value in ours.items())
    )


def _key(value: Any) -> str:
    """The same text for JSON values that are equal by value: 2.0 is 2, True is not 1."""
    if isinstance(value, list):
        return f"[{','.join(map(_key, value))}]"
    if isinstance(value, dict):
        return f"{{{','.join(sorted(json.dumps(k) + ':' + _key(v) for k, v in value.items()))}}}"
    if type(value) is float and value.is_integer():
        value = int(value)
    return json.dumps(value)


def _has_bool(value: Any) -> bool:
    return type(value) is list and any(type(item) is bool for item in value)


def _is_object(body: Tree) -> bool:
    return all(isinstance(plain.pair(item)[0], str) for item in plain.members(body))


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= char <= "\udfff" for char in text)
