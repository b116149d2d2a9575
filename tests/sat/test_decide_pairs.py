"""sat/decide poses the two members of a pair from one draw, and the same ones whoever asks when."""

from __future__ import annotations

import pickle
import random
from concurrent.futures import ThreadPoolExecutor

import pytest

import verigym
from verigym import Task
from verigym.envs.sat.decide import REMEMBERED, SatDecide
from verigym.verifiers.cnf import Formula


def family(**knobs: object) -> SatDecide:
    made = verigym.family("sat/decide", n=8, **knobs)
    assert isinstance(made, SatDecide)
    return made


def alone(split: str, index: int) -> Task:
    """The task as a family poses it that has posed nothing before."""
    return family().sample(split, index)


@pytest.fixture
def draws(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """An item for each pair that was drawn."""
    found: list[int] = []
    draw = SatDecide.draw_pair

    def counted(self: SatDecide, rng: random.Random) -> tuple[Formula, Formula]:
        found.append(1)
        return draw(self, rng)

    monkeypatch.setattr(SatDecide, "draw_pair", counted)
    return found


def test_both_members_of_a_pair_take_one_draw(draws: list[int]) -> None:
    tasks = family().tasks("train", 10)
    assert len(draws) == 5
    assert [task.id for task in tasks] == [alone("train", index).id for index in range(10)]
    assert len({task.id for task in tasks}) == 10


def test_what_was_asked_before_changes_nothing(draws: list[int]) -> None:
    one = family()
    order = [("train", 3), ("test", 3), ("test", 2), ("train", 2), ("train", 40), ("train", 3)]
    for split, index in order:
        assert one.sample(split, index) == alone(split, index)
    before = len(draws)
    one.generate(random.Random(1), "train", 3)  # another stream, whatever the index
    assert len(draws) == before + 1


def test_families_of_other_knobs_share_nothing() -> None:
    one, other = family(), family(seed=1)
    assert one.sample("train", 0).id != other.sample("train", 1).id
    assert other.sample("train", 0) == family(seed=1).sample("train", 0)


def test_few_pairs_are_kept() -> None:
    one = family()
    one.tasks("test", 6 * REMEMBERED)
    assert len(one._recent) == REMEMBERED
    assert family()._recent == ()


def test_threads_and_pickled_families_pose_the_same() -> None:
    one, indices = family(), [*range(12), *reversed(range(12))]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda index: one.sample("train", index).id, indices))
    expected = [alone("train", index).id for index in range(12)]
    assert found == expected + expected[::-1]
    again = pickle.loads(pickle.dumps(one))
    assert [task.id for task in again.tasks("train", 12)] == expected


def test_lengths_are_told_of_both_members(draws: list[int]) -> None:
    first, second = family(lemmas=[1, 30]).tasks("train", 2)
    assert first.difficulty["lemmas"] == second.difficulty["lemmas"] >= 1
    alone = [family(lemmas=[1, 30]).sample("train", index) for index in (1, 0)]
    assert [second, first] == alone
