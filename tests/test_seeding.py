"""Seeds: a hash of everything that names an item, and of nothing else."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from typing import Any

import numpy
import pytest

from toy_family import Toy
from verigym.seeding import SPLITS, derive, item_rng

PINNED = 92024510754914545996895884064126371078010761981451183388735713526138016460441
"""``derive("item", "toy/sum", 1, {"n": 3}, "test", 0)``: changing it changes every generated task."""


def draws(*name: Any, count: int = 4) -> list[int]:
    rng = item_rng(*name)
    return [rng.getrandbits(64) for _ in range(count)]


def test_the_streams_are_pinned() -> None:
    assert derive("item", "toy/sum", 1, {"n": 3}, "test", 0) == PINNED
    assert draws("toy/sum", 1, {"n": 3}, "test", 0, count=2) == [
        7216165591724884020,
        5957135879059839239,
    ]


def test_the_same_in_another_process_and_under_another_hash_seed() -> None:
    code = (
        "from verigym.seeding import derive\nprint(derive('item', 'toy/sum', 1, {'n': 3}, 'test', 0))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": "123"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert int(done.stdout) == PINNED


def test_order_of_configuration_keys_does_not_count() -> None:
    assert derive({"a": 1, "b": 2}) == derive({"b": 2, "a": 1})
    assert derive(1, 2) != derive(2, 1)
    assert derive("ab") != derive("a", "b")
    assert derive(1) != derive("1") != derive(True) != derive(1.0)


def test_nothing_is_shared_by_neighbours_of_any_kind() -> None:
    names = [
        (family, version, config, split, index)
        for family in ("toy/sum", "toy/sun")
        for version in (1, 2)
        for config in ({"n": 3}, {"n": 4}, {"n": 3, "k": 1}, {})
        for split in SPLITS
        for index in range(40)
    ]
    # Not the streams, not any value in them, not shifted against each other.
    values = [value for name in names for value in draws(*name)]
    assert len(set(values)) == len(values) == 4 * 1920


def test_splits_of_a_family_share_no_task() -> None:
    tasks = {split: {task.prompt for task in Toy(n=9).tasks(split, 200)} for split in SPLITS}
    assert all(len(prompts) == 200 for prompts in tasks.values())
    assert len(set.union(*tasks.values())) == 600


def test_a_neighbour_does_not_continue_where_the_first_one_began() -> None:
    first, second = (draws("toy/sum", 1, {}, "train", index, count=200) for index in (0, 1))
    assert not set(first) & set(second)


def test_global_random_state_is_neither_read_nor_written() -> None:
    def tasks() -> list[Any]:
        return [task.to_json() for task in Toy(n=5).tasks("train", 20)]

    random.seed(1)
    numpy.random.seed(1)
    before = (random.getstate(), numpy.random.get_state()[1].tolist())  # type: ignore[index, union-attr]
    first = tasks()
    assert (random.getstate(), numpy.random.get_state()[1].tolist()) == before  # type: ignore[index, union-attr]
    random.seed(2)
    numpy.random.seed(2)
    assert tasks() == first


@pytest.mark.parametrize("part", [float("nan"), {1, 2}, ..., b"x"], ids=repr)
def test_what_is_not_json_names_nothing(part: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        derive("item", part)
