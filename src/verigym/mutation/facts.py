"""What is true of every example's input: which numbers never exceed which, what is sorted or different.

An input outside of its contract makes right answers fail, and contracts say more than types: an index
is at most the length, names are different, times rise. What holds in all examples is taken for part of
the contract, whether it is or not, so more examples allow more (as in M. Ernst et al., "Dynamically
discovering likely program invariants to support program evolution", TSE 2001).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from verigym.mutation.layouts import Block, Item, Layout, Read, Run

Path = tuple[int, ...]
"""Where a value stands: item and column; in a block the block's item first."""
Fact = tuple[Any, ...]


def facts_of(layout: Layout, examples: Iterable[Read]) -> frozenset[Fact]:
    """The facts that hold in all of these inputs."""
    held: dict[Fact, bool] = {}
    for read in examples:
        for fact, holds in _judged(layout.items, read, (), {}):
            held[fact] = held.get(fact, True) and holds
    return frozenset(fact for fact, holds in held.items() if holds)


def agrees(layout: Layout, read: Read, facts: frozenset[Fact]) -> bool:
    """Whether none of the facts is broken by an input."""
    return all(holds or fact not in facts for fact, holds in _judged(layout.items, read, (), {}))


def _judged(
    items: Sequence[Item], read: Read, place: Path, outer: Mapping[Path, int]
) -> Iterator[tuple[Fact, bool]]:
    """Each fact about an input, and whether it holds; ``outer`` are the numbers seen so far."""
    numbers = dict(outer)
    for i, (item, values) in enumerate(zip(items, read, strict=True)):
        here = (*place, i)
        if isinstance(item, Block):
            for part in values:
                yield from _judged(item.items, part, here, numbers)  # type: ignore[arg-type]
            yield ("different", here), len(set(map(repr, values))) == len(values)
            yield from _columns(item, values, here)
        elif isinstance(item, Run):
            yield from _about_many(values, here, numbers)
        else:
            for j, value in enumerate(values):
                path = (*here, j)
                yield from _about_one(value, path, numbers)
                if type(value) is int:
                    numbers[path] = value


def _about_one(value: object, path: Path, numbers: Mapping[Path, int]) -> Iterator[tuple[Fact, bool]]:
    if isinstance(value, str):
        yield ("different letters", path), len(set(value)) == len(value)
    for other, number in numbers.items():
        if isinstance(value, int):
            yield ("at most", path, other), value <= number
            yield ("below", path, other), value < number
            yield ("at least", path, other), value >= number
            yield ("above", path, other), value > number
            yield ("other than", path, other), value != number
        else:
            yield ("as long as", path, other), len(str(value)) == number


def _about_many(
    values: Sequence[object], path: Path, numbers: Mapping[Path, int]
) -> Iterator[tuple[Fact, bool]]:
    yield ("different", path), len(set(values)) == len(values)
    ints = [value for value in values if isinstance(value, int)]
    if len(ints) < len(values) or not ints:
        return
    yield ("rising", path), all(a <= b for a, b in pairwise(ints))
    yield ("falling", path), all(a >= b for a, b in pairwise(ints))
    yield ("same parity", path), len({value % 2 for value in ints}) == 1
    for other, number in numbers.items():
        yield ("at most", path, other), max(ints) <= number
        yield ("below", path, other), max(ints) < number
        yield ("at least", path, other), min(ints) >= number
        yield ("sum at most", path, other), sum(ints) <= number
        yield ("sum is", path, other), sum(ints) == number


def _columns(item: Block, parts: Sequence[Any], here: Path) -> Iterator[tuple[Fact, bool]]:
    """Facts about what stands at one place of all parts of a block."""
    for i, inner in enumerate(item.items):
        if isinstance(inner, Block | Run):
            yield ("as many", (*here, i)), len({len(part[i]) for part in parts}) <= 1
            continue
        for j in range(inner.columns):
            yield from _about_many([part[i][j] for part in parts], (*here, i, j), {})
            lengths = {len(str(part[i][j])) for part in parts}
            yield ("equally long", (*here, i, j)), len(lengths) <= 1
