"""reasoning-gym: ``score_answer`` of a data set, with the seed 7.

Its README gives ``score_answer`` the answer itself; its examples for training what ``extract_answer``
took from the last ``<answer>`` tag. So it is given that where there is a tag, else the whole text.

An adapter has the name of its data set, ``graders.reasoning_gym:gcd`` say, and its items are made when
it is loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from reasoning_gym import create_dataset
from reasoning_gym.utils import extract_answer

ITEMS = 4


def __getattr__(name: str) -> Callable[[str, str, Mapping[str, Any]], float]:
    if name.startswith("_"):
        raise AttributeError(name)
    dataset, items = _dataset(name), entries(name)

    def grade(prompt: str, answer: str, record: Mapping[str, Any]) -> float:
        tagged = extract_answer(answer)
        text = answer if tagged is None else tagged
        return float(dataset.score_answer(text, items[record["index"]]))

    return grade


@cache
def entries(name: str) -> list[dict[str, Any]]:
    """The first items of a data set."""
    return [_dataset(name)[index] for index in range(ITEMS)]


@cache
def _dataset(name: str) -> Any:
    return create_dataset(name, seed=7, size=ITEMS)
