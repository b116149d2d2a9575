"""Inputs of programs: what explains the examples, and inputs that could be more of them."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from verigym.mutation.facts import agrees, facts_of
from verigym.mutation.layouts import Block, Row, Run, layout_of
from verigym.mutation.texts import Texts

EXPLAINED: dict[str, tuple[list[str], tuple[Any, ...]]] = {
    "row": (["1 2\n", "3 4\n"], (Row(2),)),
    "array": (["3\n1 2 3\n", "2\n5 6\n"], (Row(1), Run((0, 0)))),
    "two arrays": (["2 3\n1 2\n1 2 3\n", "1 2\n1\n3 4\n"], (Row(2), Run((0, 0)), Run((0, 1)))),
    "edges": (
        ["3 2\n1 2\n2 3\n", "4 1\n3 4\n"], (Row(2), Block((0, 1), 1, (Row(2),))),
    ),
    "tests": (
        ["2\n3\n1 2 3\n1\n9\n", "1\n2\n4 4\n"],
        (Row(1), Block((0, 0), 2, (Row(1), Run((0, 0))))),
    ),
    "counted": (["2\n2 1 2\n3 1 2 3\n", "1\n1 5\n"], (Row(1), Block((0, 0), 1, (Run(None, True),)))),
    "free run": (["1 2 3\n", "4 5\n"], (Run(None),)),
    "after a block": (
        ["2\n1\n2\n7 7\n", "1\n5\n8 9\n"], (Row(1), Block((0, 0), 1, (Row(1),)), Row(2)),
    ),
    "nothing varies": (["3\n1 2 3\n"], (Row(1), Row(3))),
}  # fmt: skip


@pytest.mark.parametrize(("texts", "items"), EXPLAINED.values(), ids=EXPLAINED)
def test_a_layout_explains_all_examples(texts: list[str], items: tuple[Any, ...]) -> None:
    layout = layout_of(texts)
    assert layout is not None
    assert layout.items == items
    assert [layout.write(layout.read(text)) for text in texts] == texts


@pytest.mark.parametrize(
    "texts",
    [
        [], ["a  b\n"], ["1\t2\n"], [" 1\n"], ["1\n\u00a02\n"], ["1\r\n"], ["1\n2\n", "1\n"],
        ["2\n1\n1\n9\n", "1\n1\n"], ["1\n" * 3_000],
    ],
    ids=repr,
)  # fmt: skip
def test_what_is_not_explained_has_no_layout(texts: list[str]) -> None:
    assert layout_of(texts) is None


def drawn(texts: list[str], count: int = 150, seed: int = 1) -> list[str]:
    layout = layout_of(texts)
    assert layout is not None
    made = Texts(layout, texts, random.Random(seed))
    found = [text for _ in range(count) if (text := made.draw()) is not None]
    assert len(found) > count / 2
    return found


def test_sizes_count_what_they_count() -> None:
    sizes = set()
    for text in drawn(["3 2\n1 2 3\nab\ncd\n", "2 4\n5 6\nab\nab\nef\ngh\n"]):
        (n, m), values, *words = (line.split() for line in text.splitlines())
        assert (int(n), int(m)) == (len(values), len(words))
        assert all(len(word) == 1 and len(word[0]) == 2 for word in words)
        sizes.add((n, m))
    assert len(sizes) > 20


def test_what_holds_in_all_examples_holds() -> None:
    permutations = ["3\n1 3 2\n", "5\n5 4 3 1 2\n", "1\n1\n"]
    for text in drawn(permutations):
        n, values = text.splitlines()
        assert sorted(map(int, values.split())) == list(range(1, int(n) + 1))
    queries = ["4 2\n1 3 3 8\n1 4\n2 2\n", "3 1\n0 5 7\n1 3\n"]
    for text in drawn(queries):
        (n, q), values, *asked = [[int(word) for word in line.split()] for line in text.splitlines()]
        assert values == sorted(values)
        assert (len(values), len(asked)) == (n, q)
        assert all(1 <= first <= last <= n for first, last in asked)
    for text in drawn(["5\nabcde\n", "3\nxyz\n", "1\nq\n"]):
        n, word = text.split()
        assert len(word) == int(n) == len(set(word))


def test_commands_stay_those_seen_and_constants_stay() -> None:
    for text in drawn(["3 7\npush 1\npush 2\npop 0\n", "2 7\npush 3\npop 0\n"]):
        (_, seven), *commands = (line.split() for line in text.splitlines())
        assert seven == "7"
        assert {command for command, _ in commands} <= {"push", "pop"}


def test_the_same_stream_gives_the_same_inputs() -> None:
    texts = ["3\n1 2 3\n", "2\n5 6\n"]
    assert drawn(texts, 30) == drawn(texts, 30)
    assert drawn(texts, 30) != drawn(texts, 30, seed=2)


@given(st.lists(st.lists(st.integers(-9, 99), min_size=1, max_size=6), min_size=2, max_size=4))
@settings(max_examples=100, deadline=None)
def test_the_examples_keep_their_own_facts(arrays: list[list[int]]) -> None:
    texts = [f"{len(array)}\n{' '.join(map(str, array))}\n" for array in arrays]
    layout = layout_of(texts)
    assert layout is not None
    reads = [layout.read(text) for text in texts]
    facts = facts_of(layout, reads)
    assert all(agrees(layout, read, facts) for read in reads)
