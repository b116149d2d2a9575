"""How the input of a program is laid out, read off examples: lines, counts, runs, blocks.

Three items explain most inputs of programming contests: a *row* of some columns, a *run* of as many
values as an earlier number says, and a *block* of as many parts as an earlier number says, each laid
out by items of its own. A number counts as a size only where it differs between the examples and what
it counts differs with it; what never differs is kept as it is. Nothing is guessed: a layout explains
every example to its last character, or there is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

Value = int | str
Lines = list[list[str]]

MOST_LINES = 2_000
MOST_PART = 3
"""Lines of one part of a block."""

_INT = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")


@dataclass(frozen=True)
class Row:
    """A line of so many values; read as a list of them."""

    columns: int


@dataclass(frozen=True)
class Run:
    """A line of values, as many as ``size`` says: (item, column) of an earlier row; or any number."""

    size: tuple[int, int] | None
    counted: bool = False
    """Whether the line begins with the number of the values that follow; then it is read without it."""


@dataclass(frozen=True)
class Block:
    """Parts of ``height`` lines each, as many as ``size`` says; read as a list of those."""

    size: tuple[int, int]
    height: int
    items: tuple[Item, ...]


Item = Row | Run | Block
Read = list[list[object]]
"""What a text is read as: a list for each item."""


@dataclass(frozen=True)
class Layout:
    """The items of an input, in order."""

    items: tuple[Item, ...]

    def read(self, text: str) -> Read:
        """The values of a text that this layout was found for."""
        return _read(self.items, _lines(text) or [])

    def write(self, read: Read) -> str:
        """The text of such values, ended by a line feed."""
        return "".join(f"{line}\n" for line in _written(self.items, read))


def layout_of(texts: Sequence[str]) -> Layout | None:
    """The layout that explains all of these inputs; None where there is none."""
    every = [_lines(text) for text in texts]
    if not every or None in every:
        return None
    lines = [found for found in every if found is not None]
    for free in (False, True):  # lines of any length explain too much: only where nothing else does
        if (items := _rest(lines, [0] * len(lines), (), {}, free)) is not None:
            return Layout(items)
    return None


def value_of(word: str) -> Value:
    """A word as what it stands for: an int where it is written as one, else itself."""
    return int(word) if _INT.fullmatch(word) and word != "-0" else word


def _lines(text: str) -> Lines | None:
    """The words of each line; None where they are not divided by single blanks, or too many."""
    lines = text.removesuffix("\n").split("\n")
    if len(lines) > MOST_LINES:
        return None
    words = [line.split(" ") if line else [] for line in lines]
    strict = all(word and not re.search(r"\s", word) for line in words for word in line)
    return words if strict else None


def _rest(
    examples: Sequence[Lines],
    at: Sequence[int],
    items: tuple[Item, ...],
    numbers: dict[tuple[int, int], list[int]],
    free: bool,
) -> tuple[Item, ...] | None:
    """``items`` and those that explain the lines from ``at`` on; ``numbers`` are those read so far.

    ``free`` allows runs of any length.
    """
    left = [len(lines) - start for lines, start in zip(examples, at, strict=True)]
    if not any(left):
        return items
    for block in _blocks(examples, at, left, numbers, free):
        after = [
            start + count * block.height for start, count in zip(at, numbers[block.size], strict=True)
        ]
        if (found := _rest(examples, after, (*items, block), numbers, free)) is not None:
            return found
    if not all(left):
        return None
    lines = [lines[start] for lines, start in zip(examples, at, strict=True)]
    after = [start + 1 for start in at]
    counts = [len(line) for line in lines]
    if len(set(counts)) == 1:
        known = dict(numbers)
        for column in range(counts[0]):
            values = [value_of(line[column]) for line in lines]
            if all(type(value) is int for value in values) and len(set(values)) > 1:
                known[len(items), column] = [int(value) for value in values]
        return _rest(examples, after, (*items, Row(counts[0])), known, free)
    sizes = [size for size, values in numbers.items() if values == counts]
    counted = all(line and value_of(line[0]) == len(line) - 1 for line in lines)
    if not (counted or sizes or free):
        return None
    run = Run(None, counted=True) if counted else Run(sizes[-1] if sizes else None)
    return _rest(examples, after, (*items, run), numbers, free)


def _blocks(
    examples: Sequence[Lines],
    at: Sequence[int],
    left: Sequence[int],
    numbers: dict[tuple[int, int], list[int]],
    free: bool,
) -> Iterator[Block]:
    """The blocks that may come next; first those that explain all that is left."""
    fits = []
    for size, values in numbers.items():
        for height in range(1, MOST_PART + 1):
            need = [value * height for value in values]
            if all(0 <= n <= have for n, have in zip(need, left, strict=True)) and any(need):
                fits.append((need != list(left), height, size))
    for _, height, size in sorted(fits):
        parts = [
            lines[start + height * number :][:height]
            for lines, start, count in zip(examples, at, numbers[size], strict=True)
            for number in range(count)
        ]
        items = _rest(parts, [0] * len(parts), (), {}, free) if len(parts) > 1 else None
        if items is not None:
            yield Block(size, height, items)


def _read(items: Sequence[Item], lines: Lines) -> Read:
    read: Read = []
    at = 0
    for item in items:
        if isinstance(item, Block):
            count = read[item.size[0]][item.size[1]]
            assert isinstance(count, int)
            parts = [lines[at + item.height * n :][: item.height] for n in range(count)]
            read.append([_read(item.items, part) for part in parts])
            at += item.height * count
        else:
            counted = isinstance(item, Run) and item.counted
            read.append([value_of(word) for word in lines[at][counted:]])
            at += 1
    return read


def _written(items: Sequence[Item], read: Read) -> Iterator[str]:
    for item, values in zip(items, read, strict=True):
        if isinstance(item, Block):
            for part in values:
                yield from _written(item.items, part)  # type: ignore[arg-type]
        else:
            counted = isinstance(item, Run) and item.counted
            yield " ".join(map(str, [len(values), *values] if counted else values))
