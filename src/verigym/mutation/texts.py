"""Inputs of programs that look like the examples: the same layout, the same facts, other values.

Sizes stay within what the examples show and a little above; what never differs stays as it is; words
that recur are drawn from those seen. Half of the inputs are an example with one value changed. What
breaks a fact that all examples share is drawn again (:mod:`verigym.mutation.facts`).
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from copy import deepcopy
from typing import Any

from verigym.mutation.facts import Path, agrees, facts_of
from verigym.mutation.inputs import MOST_LENGTH, Generator, Schema
from verigym.mutation.layouts import Block, Item, Layout, Read, Row, Run

TRIES = 50
"""Draws until one is given up that keeps the facts."""


class Texts:
    """Inputs like those of some examples.

    Args:
        layout: what explains all examples.
        texts: the examples.
        rng: the stream of randomness; ``randrange`` and ``random`` alone are used.
        ints, words: further values worth trying, the literals of a program say.
    """

    def __init__(
        self,
        layout: Layout,
        texts: Sequence[str],
        rng: random.Random,
        ints: Iterable[int] = (),
        words: Iterable[str] = (),
    ) -> None:
        self._layout = layout
        self._examples = [layout.read(text) for text in texts]
        self._facts = facts_of(layout, self._examples)
        self._rng = rng
        self._generator = Generator(
            rng, ints, [word for word in words if word and word == word.strip()]
        )
        self._schemas: dict[Path, Schema] = {}
        self._lengths: dict[Path, list[int]] = {}
        for read in self._examples:
            self._learn(layout.items, read, ())
        self._sizes = _sizes(layout.items, ())

    def draw(self) -> str | None:
        """A new input; None when none was found that keeps the facts."""
        for _ in range(TRIES):
            if self._rng.random() < 0.5:
                read = deepcopy(self._one(self._examples))
                self._change(self._layout.items, read, ())
            else:
                read = self._new(self._layout.items, (), {})
            if agrees(self._layout, read, self._facts):
                return self._layout.write(read)
        return None

    # ------------------------------------------------------------------------------ learning

    def _learn(self, items: Sequence[Item], read: Read, place: Path) -> None:
        for i, (item, values) in enumerate(zip(items, read, strict=True)):
            here = (*place, i)
            if isinstance(item, Block):
                for part in values:
                    self._learn(item.items, part, here)  # type: ignore[arg-type]
                continue
            self._lengths.setdefault(here, []).append(len(values))
            for j, value in enumerate(values):
                self._schema((*here, j) if isinstance(item, Row) else here).learn(value)

    def _schema(self, path: Path) -> Schema:
        return self._schemas.setdefault(path, Schema())

    # ------------------------------------------------------------------------------- drawing

    def _new(self, items: Sequence[Item], place: Path, numbers: dict[Path, int]) -> Read:
        read: Read = []
        for i, item in enumerate(items):
            here = (*place, i)
            if isinstance(item, Row):
                row = []
                for j in range(item.columns):
                    path = (*here, j)
                    row.append(self._value(path, numbers))
                    if isinstance(row[-1], int):
                        numbers[path] = row[-1]
                read.append(row)
                continue
            if item.size:
                size = (*place, *item.size)
                count = numbers[size]
            else:
                count = self._one(self._lengths[here])
            if isinstance(item, Block):
                parts = [self._new(item.items, here, dict(numbers)) for _ in range(count)]
                read.append(self._ordered(parts, item, here))
            else:
                read.append(self._run(count, here, numbers))
        return read

    def _run(self, count: int, here: Path, numbers: dict[Path, int]) -> list[Any]:
        values = [self._value(here, numbers) for _ in range(count)]
        if ("different", here) in self._facts:
            for _ in range(TRIES):
                if len(values := list(dict.fromkeys(values))) == count:
                    break
                values += [self._value(here, numbers) for _ in range(count - len(values))]
        if ("rising", here) in self._facts:
            values.sort()
        elif ("falling", here) in self._facts:
            values.sort(reverse=True)
        return values

    def _ordered(self, parts: list[Read], item: Block, here: Path) -> list[Any]:
        """The parts of a block, put in the order that a column always has."""
        for i, inner in enumerate(item.items):
            for j in range(inner.columns if isinstance(inner, Row) else 0):
                column = [part[i][j] for part in parts]
                rising = ("rising", (*here, i, j)) in self._facts
                if rising or ("falling", (*here, i, j)) in self._facts:
                    column.sort(reverse=not rising)
                    for part, value in zip(parts, column, strict=True):
                        part[i][j] = value
        return parts

    def _value(self, path: Path, numbers: dict[Path, int]) -> Any:
        schema = self._schemas.get(path)
        if schema is None:  # of a run that is empty in all examples
            return 0
        if len(set(schema.seen)) == 1:
            return schema.seen[0]
        if path in self._sizes:
            most = min(max(3 * max(schema.ints), 3), max(MOST_LENGTH, *schema.ints))
            return self._rng.randrange(min(schema.ints), most + 1)
        if schema.texts:
            return self._word(path, schema, numbers)
        value = self._generator.draw(schema)
        if type(value) is not int:
            return self._one(schema.ints)
        return self._bounded(max(value, min(schema.ints)), path, numbers, schema)

    def _bounded(self, value: int, path: Path, numbers: dict[Path, int], schema: Schema) -> int:
        """A number no larger than the facts let it be: else most draws would break them."""
        limits = [
            numbers[fact[2]] - (fact[0] == "below")
            for fact in self._facts
            if fact[0] in ("at most", "below") and fact[1] == path and fact[2] in numbers
        ]
        if limits and value > min(limits):
            return self._rng.randrange(min(*schema.ints, min(limits)), min(limits) + 1)
        return value

    def _word(self, path: Path, schema: Schema, numbers: dict[Path, int]) -> str:
        lengths = [
            numbers[fact[2]]
            for fact in self._facts
            if fact[0] == "as long as" and fact[1] == path and fact[2] in numbers
        ]
        if not lengths and (schema.ints or max(Counter(schema.texts).values()) > 1):
            return str(self._one(schema.seen))  # one of a few words, like the name of a command
        alphabet = sorted(set("".join(schema.texts)))
        equal = ("equally long", path) in self._facts
        sizes = [len(text) for text in schema.texts]
        most = max(sizes) if equal else min(3 * max(sizes), MOST_LENGTH)
        length = lengths[0] if lengths else self._rng.randrange(min(sizes), most + 1)
        if ("different letters", path) in self._facts:
            for i in range(len(alphabet) - 1, 0, -1):
                j = self._rng.randrange(i + 1)
                alphabet[i], alphabet[j] = alphabet[j], alphabet[i]
            return "".join(alphabet[:length])
        if self._rng.random() < 0.3:
            alphabet = [self._one(alphabet) for _ in range(2)]
        return "".join(self._one(alphabet) for _ in range(length))

    def _change(self, items: Sequence[Item], read: Read, place: Path) -> None:
        """One value of an input changed, if it is no size."""
        i = self._rng.randrange(len(items))
        item, values, here = items[i], read[i], (*place, i)
        if not values:
            return
        at = self._rng.randrange(len(values))
        if isinstance(item, Block):
            self._change(item.items, values[at], here)  # type: ignore[arg-type]
            return
        path = (*here, at) if isinstance(item, Row) else here
        if path in self._sizes or len(set(self._schema(path).seen)) == 1:
            return
        if isinstance(item, Run) and self._rng.random() < 0.3:
            again = self._rng.randrange(len(values))
            values[at], values[again] = values[again], values[at]
        elif type(values[at]) is int and not self._schema(path).texts:
            near = self._generator.changed(values[at], self._schema(path))
            values[at] = max(near, min(self._schema(path).ints))
        else:
            values[at] = self._value(path, {})

    def _one(self, values: Sequence[Any]) -> Any:
        return values[self._rng.randrange(len(values))]


def _sizes(items: Sequence[Item], place: Path) -> frozenset[Path]:
    """Where the numbers stand that say how many values or parts there are."""
    found: set[Path] = set()
    for i, item in enumerate(items):
        if not isinstance(item, Row) and item.size:
            found.add((*place, *item.size))
        if isinstance(item, Block):
            found |= _sizes(item.items, (*place, i))
    return frozenset(found)
