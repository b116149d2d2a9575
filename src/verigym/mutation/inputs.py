"""What inputs look like, learnt from examples: types, ranges, alphabets, lengths, nesting.

No more is assumed than the examples show, because an input outside of a function's contract makes right
answers fail: where no example is negative, none is made; where none is empty, none is made either; a
number is widened away from zero only. ``wide`` gives up this caution, for tasks that state what their
inputs may be.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

WIDEN = 10
"""Numbers go to so many times the largest example, lengths to a third of that."""
MOST_LENGTH = 40
MOST_INT = 10**9
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass
class Schema:
    """What the values at one place look like; several kinds of value may stand there."""

    ints: list[int] = field(default_factory=list)
    floats: list[float] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    others: list[Any] = field(default_factory=list)
    """None, bools and what is of no other kind: only drawn again."""
    lengths: dict[type, list[int]] = field(default_factory=dict)
    """For lists, tuples, sets and dicts: the lengths seen."""
    members: dict[type, Schema] = field(default_factory=dict)
    """For each such type what the members look like; of dicts, the keys."""
    values: Schema | None = None
    """Of dicts, the values."""
    places: dict[int, list[Schema]] = field(default_factory=dict)
    """Of tuples, for each length seen: what stands at each place."""
    seen: list[Any] = field(default_factory=list)
    """The examples themselves."""

    def learn(self, value: Any) -> None:
        """Take in one more example."""
        self.seen.append(value)
        kind = type(value)
        if kind is int:
            self.ints.append(value)
        elif kind is float:
            self.floats.append(value)
        elif kind is str:
            self.texts.append(value)
        elif kind in (list, tuple, set, frozenset, dict):
            self.lengths.setdefault(kind, []).append(len(value))
            members = self.members.setdefault(kind, Schema())
            for member in value:
                members.learn(member)
            if kind is dict:
                self.values = self.values or Schema()
                for member in value.values():
                    self.values.learn(member)
            elif kind is tuple:
                places = self.places.setdefault(len(value), [Schema() for _ in value])
                for place, member in zip(places, value, strict=True):
                    place.learn(member)
        else:
            self.others.append(value)


def learnt(examples: Iterable[Sequence[Any]]) -> list[Schema]:
    """The schemas of a function's arguments, from examples that all have the same number of them."""
    schemas: list[Schema] = []
    for args in examples:
        schemas = schemas or [Schema() for _ in args]
        for schema, value in zip(schemas, args, strict=True):
            schema.learn(value)
    return schemas


class Generator:
    """Values that look like the examples of a schema, drawn from one stream of randomness.

    Args:
        rng: the stream; ``randrange`` and ``random`` alone are used.
        ints, texts: further values worth trying, the literals of a program say.
        wide: also what no example shows: negative numbers, empty values.
    """

    def __init__(
        self,
        rng: random.Random,
        ints: Iterable[int] = (),
        texts: Iterable[str] = (),
        wide: bool = False,
    ) -> None:
        self.rng = rng
        self.own_ints = [value for value in ints if abs(value) <= MOST_INT]
        self.own_texts = list(texts)
        self.wide = wide

    def draw(self, schema: Schema) -> Any:
        """A new value."""
        rng = self.rng
        if rng.random() < 0.25:
            return self.changed(self._one(schema.seen), schema)
        kinds: list[Any] = [
            *([int] * bool(schema.ints)), *([float] * bool(schema.floats)),
            *([str] * bool(schema.texts)), *schema.lengths, *([None] * bool(schema.others)),
        ]  # fmt: skip
        kind = self._one(kinds)
        if kind is int:
            return self._int(schema)
        if kind is float:
            return self._float(schema)
        if kind is str:
            return self._text(schema)
        if kind is None:
            return self._one(schema.others) if rng.random() < 0.7 else self._other(schema)
        return self._many(kind, schema)

    def changed(self, value: Any, schema: Schema) -> Any:
        """An example with one thing changed in it."""
        kind = type(value)
        if kind is int:
            near = value + self._one((-1, 1, -2, 2))
            return near if self._int_fits(near, schema) else value
        if kind is str and value:
            at, again = self.rng.randrange(len(value)), self.rng.randrange(len(value))
            changes = (
                value[:at] + value[at + 1 :], value[:at] + value[again] + value[at:],
                value[:at] + value[again] + value[at + 1 :], value[::-1], value + value[: at + 1],
                value[:at] + value[at].swapcase() + value[at + 1 :],
            )  # fmt: skip
            text = self._one(changes)
            return text if text or self.wide or "" in schema.texts else value
        if kind is list and value:
            return self._changed_list(value, schema)
        if kind is tuple and value and len(value) in schema.places:
            at = self.rng.randrange(len(value))
            place = schema.places[len(value)][at]
            return (*value[:at], self.changed(value[at], place), *value[at + 1 :])
        return self.draw(schema) if self.rng.random() < 0.5 else value

    def _changed_list(self, value: list[Any], schema: Schema) -> list[Any]:
        rng, members = self.rng, schema.members[list]
        at, again = rng.randrange(len(value)), rng.randrange(len(value))
        how = rng.randrange(7)
        if how == 0:
            shorter = value[:at] + value[at + 1 :]
            return shorter if shorter or self.wide or 0 in schema.lengths[list] else value
        if how == 1:
            return [*value[:at], value[again], *value[at:]]
        if how == 2:
            return [*value[:at], value[again], *value[at + 1 :]]
        if how == 3:
            return value[::-1]
        if how == 4:
            swapped = list(value)
            swapped[at], swapped[again] = swapped[again], swapped[at]
            return swapped
        member = self.changed(value[at], members) if how == 5 else self.draw(members)
        return [*value[:at], member, *value[at + 1 :]]

    def _int(self, schema: Schema) -> Any:
        rng = self.rng
        low, high = min(schema.ints), max(schema.ints)
        if self.own_ints and rng.random() < 0.15:
            near = self._one(self.own_ints) + rng.randrange(-1, 2)
            if self._int_fits(near, schema):
                return near
        if rng.random() < 0.3:
            near = self._one(schema.ints) + rng.randrange(-2, 3)
            return near if self._int_fits(near, schema) else self._one(schema.ints)
        most = min(max(abs(low), abs(high), 3) * self._one((1, 1, 3, WIDEN)), MOST_INT)
        least = -most if low < 0 or self.wide else min(low, 1)
        return rng.randrange(least, most + 1)

    def _int_fits(self, value: int, schema: Schema) -> bool:
        low = min(schema.ints, default=0)
        return self.wide or low < 0 or value >= min(low, 1)

    def _float(self, schema: Schema) -> Any:
        low, high = min(schema.floats), max(schema.floats)
        if self.rng.random() < 0.3:
            return self._one(schema.floats)
        most = max(abs(low), abs(high), 1.0) * self._one((1, 1, 2))
        value = round(self.rng.random() * most, self._one((0, 1, 2, 5)))
        return (
            -value if (low < 0 or self.wide) and self.rng.random() < 0.5 else max(value, min(low, 1.0))
        )

    def _text(self, schema: Schema) -> Any:
        rng = self.rng
        if self.own_texts and rng.random() < 0.1:
            return self._one(self.own_texts)
        longest = max(map(len, schema.texts))
        least = 0 if self.wide or "" in schema.texts else min(map(len, schema.texts), default=0) and 1
        words = [word for text in schema.texts for word in text.split()]
        alphabet = sorted({char for text in schema.texts for char in text}) or list(_LETTERS)
        if words and any(" " in text for text in schema.texts) and rng.random() < 0.6:
            return " ".join(self._one(words) for _ in range(rng.randrange(1, len(words) + 2)))
        if rng.random() < 0.3:
            few = [self._one(alphabet) for _ in range(2)]
            alphabet = few
        elif all(char.islower() for char in alphabet):
            alphabet = list(_LETTERS)
        length = rng.randrange(least, min(max(longest, 3) * self._one((1, 1, 3)), MOST_LENGTH) + 1)
        return "".join(self._one(alphabet) for _ in range(length))

    def _many(self, kind: type, schema: Schema) -> Any:
        members = schema.members[kind]
        if kind is tuple:
            length = self._one(schema.lengths[tuple])
            return tuple(self.draw(place) for place in schema.places[length])
        lengths = schema.lengths[kind]
        least = 0 if self.wide else min(min(lengths), 1)
        if len(set(lengths)) == 1 and len(lengths) > 2 and lengths[0] in (2, 3) and not self.wide:
            least = most = lengths[0]  # pairs and points, more likely than lists of any length
        else:
            most = min(max(max(lengths), 3) * self._one((1, 1, 3)), MOST_LENGTH)
        length = self.rng.randrange(least, most + 1)
        if not members.seen:
            return kind()
        found = [self.draw(members) for _ in range(length)]
        if kind is list:
            if length > 1 and self.rng.random() < 0.3:  # equal neighbours and sorted runs are rare else
                found[self.rng.randrange(length)] = self._one(found)
            return self._ordered(found) if self.rng.random() < 0.2 else found
        if kind is dict:
            assert schema.values is not None
            return {key: self.draw(schema.values) for key in found}
        return kind(found)

    def _ordered(self, values: list[Any]) -> list[Any]:
        alike = len(set(map(type, values))) == 1 and type(values[0]) in (int, str)
        return sorted(values) if alike else values

    def _other(self, schema: Schema) -> Any:
        return self.rng.random() < 0.5 if any(type(x) is bool for x in schema.others) else None

    def _one(self, values: Sequence[Any]) -> Any:
        return values[self.rng.randrange(len(values))]
