"""Examples that a program may know by heart: literals of its source in the place of like values.

A literal takes a value's place in a recorded example only where it is like all values seen there: of
their type, within their range, made of their letters, no longer and no shorter; in a list that was
always sorted, or without repetition, it keeps to that, and between arguments to the order of numbers
and to equal lengths. More is not known of what strategies give, so whoever uses these examples asks a
right program too.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, pairwise
from typing import Any

from verigym.sandbox.inside import plain
from verigym.sandbox.inside.plain import Tree

MOST_LITERALS, MOST_VARIANTS = 400, 40
"""Of a source; of a test."""
MOST_CHARS = 200_000
_CARRIERS = 3
_FAR = 1 << 128
_REPLACEABLE = (int, float, str, bytes, list, tuple, dict)
_WIDE = 40
"""Different letters from which on an alphabet is taken to have all of ASCII's letters and digits."""
_LITERALS = (ast.Constant, ast.List, ast.Tuple, ast.Set, ast.Dict)
_COMMON = (0, 1, 2, 3, 10)
"""Numbers that programs are full of and examples are, too."""

Path = tuple[Any, ...]


def literals(source: str) -> list[Any]:
    """Numbers, texts and displays of them in a source, each once, and then their neighbours."""
    if len(source) > MOST_CHARS:
        return []
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    found: dict[bytes, Any] = {}
    for node in ast.walk(tree):
        if isinstance(node, _LITERALS):
            try:
                value = ast.literal_eval(node)
                if not _is_common(value):
                    found.setdefault(plain.dumps(plain.encode(value)), value)
            except (ValueError, TypeError, RecursionError, MemoryError):
                continue  # a display of what is computed
        if len(found) >= MOST_LITERALS:
            break
    near = [(plain.dumps(plain.encode(one)), one) for value in found.values() for one in _near(value)]
    return list({**found, **{text: one for text, one in near if text not in found}}.values())


def _is_common(value: Any) -> bool:
    if type(value) in (int, float):
        return value in _COMMON
    return value is None or type(value) is bool or (hasattr(value, "__len__") and len(value) < 2)


def _near(value: Any) -> tuple[Any, ...]:
    if type(value) is int:
        return value + 1, value - 1, -value
    if type(value) is float and math.isfinite(value):
        return value + 1.0, -value
    if type(value) is str and value:
        return value[:-1], value[1:], value + value[-1]
    return ()


class Place:
    """What stands at one place of a test's examples."""

    def __init__(self) -> None:
        self.kinds: set[str] = set()
        self.low: Any = None
        self.high: Any = None
        self.letters: set[str] = set()
        self.lengths: set[int] = set()
        self.sorted = self.distinct = True
        self.where: list[list[Any]] = []
        """[number of an example, path in it] of the first that have something there."""

    def learn(self, value: Any, number: int, path: Path) -> None:
        """Take in one more value."""
        kind = type(value)
        self.kinds.add(kind.__name__)
        if kind in (int, float) and value == value:
            self.low = value if self.low is None else min(self.low, value)
            self.high = value if self.high is None else max(self.high, value)
        if kind is str:
            self.letters |= set(value)
        if hasattr(value, "__len__"):
            self.lengths.add(len(value))
        if kind is list and len(value) > 1:
            self.sorted = self.sorted and _is_sorted(value)
            self.distinct = self.distinct and _is_distinct(value)
        if len(self.where) < _CARRIERS:
            self.where.append([number, list(path)])

    def fits(self, value: Any) -> bool:
        """Whether a value is like those seen, but for its members."""
        kind = type(value)
        if kind.__name__ not in self.kinds or kind not in _REPLACEABLE:
            return False
        if kind in (int, float):
            return self.low is not None and bool(self.low <= value <= self.high)
        if self.lengths and not min(self.lengths) <= len(value) <= max(self.lengths):
            return False
        if kind is str:
            wide = len(self.letters) > _WIDE
            return all(
                one in self.letters or (wide and one.isascii() and one.isalnum()) for one in value
            )
        return True


def learnt(examples: Sequence[dict[str, Any]], bounds: Mapping[str, Any] | None = None) -> Tree:
    """What a test's examples look like at each place, and how arguments relate: a tree.

    Args:
        examples: of a test.
        bounds: for arguments, by name, the least and the greatest int in them, None where there is no
            end; where it is known.
    """
    given = [_values(example) for example in examples]
    places: dict[Path, Place] = {}
    for number, values in enumerate(given):
        for general, exact, value in _walk(values, (), ()):
            places.setdefault(general, Place()).learn(value, number, exact)
    for name, (low, high) in (bounds or {}).items():
        ints = [place for path, place in places.items() if path[0] == name and "int" in place.kinds]
        if len(ints) == 1:
            ints[0].low = -_FAR if low is None else low
            ints[0].high = _FAR if high is None else high
    told = [[list(general), vars(place)] for general, place in places.items()]
    return plain.encode([told, _relations(given)])


def variants(source: str, examples: Sequence[dict[str, Any]], known: Tree) -> list[dict[str, Any]]:
    """Examples in which one value is replaced by a literal of the source, or by one near to that.

    Args:
        source: of a program.
        examples: of a test.
        known: what :func:`learnt` says of them.
    """
    if not (found := literals(source)):
        return []
    told, rules = plain.decode(known)
    places: dict[Path, Place] = {}
    for general, attributes in told:
        places[tuple(general)] = place = Place()
        vars(place).update(attributes)
    made: dict[bytes, dict[str, Any]] = {}
    for literal in found:
        for general, place in places.items():
            if not _fits(literal, general, places):
                continue
            for number, exact in place.where:
                values = _replaced(_values(examples[number]), tuple(exact), literal)
                values = _kept(values, places)
                if values is not None and all(
                    _RULES[rule](values[one], values[other]) for rule, one, other in rules
                ):
                    example = _example(values, examples[number])
                    made.setdefault(plain.dumps(example), example)
                    break
        if len(made) >= MOST_VARIANTS:
            break
    return list(made.values())[:MOST_VARIANTS]


def _values(example: dict[str, Any]) -> dict[Any, Any]:
    """What an example holds, by the name or the number of the argument."""
    args = {number: plain.decode(tree) for number, tree in enumerate(example["args"])}
    return {**args, **{name: plain.decode(tree) for name, tree in example["kwargs"].items()}}


def _example(values: dict[Any, Any], like: dict[str, Any]) -> dict[str, Any]:
    trees = {name: plain.encode(value) for name, value in values.items()}
    args = [trees.pop(number) for number in range(len(like["args"]))]
    return {**like, "args": args, "kwargs": trees}


def _walk(value: Any, general: Path, exact: Path) -> Iterator[tuple[Path, Path, Any]]:
    """(place, path, value) of all that stands in a value; members of lists are at one place."""
    if general:
        yield general, exact, value
    if type(value) is dict:
        for key in value:
            step = key if not general else "*"  # at the top: the arguments
            yield from _walk(value[key], (*general, step), (*exact, key))
    elif type(value) in (list, tuple):
        for number, member in enumerate(value):
            step = number if type(value) is tuple and len(value) < 5 else "*"
            yield from _walk(member, (*general, step), (*exact, number))


def _fits(value: Any, general: Path, places: dict[Path, Place]) -> bool:
    place = places.get(general)
    if place is None or not place.fits(value):
        return False
    return all(
        where in places and places[where].fits(member)
        for where, _, member in _walk(value, general, ())
        if where != general
    )


def _replaced(value: Any, path: Path, new: Any) -> Any:
    """A copy with another value at a path."""
    if not path:
        return new
    step, rest = path[0], path[1:]
    if type(value) is dict:
        return {key: _replaced(one, rest, new) if key == step else one for key, one in value.items()}
    members = [_replaced(one, rest, new) if at == step else one for at, one in enumerate(value)]
    return type(value)(members)


def _kept(values: Any, places: dict[Path, Place]) -> Any:
    """The values, with lists that are always sorted sorted; None where one repeats what none does."""
    for general, exact, value in list(_walk(values, (), ())):
        if type(value) is not list or len(value) < 2 or general not in places:
            continue
        if places[general].distinct and not _is_distinct(value):
            return None
        if places[general].sorted and not _is_sorted(value):
            try:
                values = _replaced(values, exact, sorted(value))
            except TypeError:
                return None
    return values


def _relations(given: Sequence[dict[Any, Any]]) -> list[Any]:
    """What holds between two arguments in all examples, as [rule, argument, argument]."""
    return [
        [name, one, other]
        for pair in combinations(given[0] if given else (), 2)
        for one, other in (pair, pair[::-1])
        for name, rule in _RULES.items()
        if all(rule(values[one], values[other]) for values in given)
    ]


def _not_above(one: Any, other: Any) -> bool:
    return type(one) in (int, float) and type(other) in (int, float) and bool(one <= other)


def _as_long(one: Any, other: Any) -> bool:
    return hasattr(one, "__len__") and hasattr(other, "__len__") and len(one) == len(other)


def _within(one: Any, other: Any) -> bool:
    return type(one) is int and hasattr(other, "__len__") and one <= len(other)


_RULES = {"not above": _not_above, "as long": _as_long, "within": _within}


def _is_sorted(values: list[Any]) -> bool:
    try:
        return all(one <= after for one, after in pairwise(values))
    except TypeError:
        return False


def _is_distinct(values: list[Any]) -> bool:
    texts = [plain.dumps(plain.encode(value)) for value in values]
    return len(set(texts)) == len(texts)
