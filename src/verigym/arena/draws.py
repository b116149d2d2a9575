"""Drawing by lot with ``randrange`` alone, whose stream is the same with every version of Python."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, TypeVar

from verigym import seeding

Item = TypeVar("Item")


def stream(*parts: Any) -> random.Random:
    """A stream of randomness that is seeded by a hash of all that names its use."""
    return random.Random(seeding.derive("arena", *parts))


def shuffled(items: Sequence[Item], rng: random.Random) -> list[Item]:
    """The items in an order drawn by lot."""
    left, found = list(items), []
    while left:
        found.append(left.pop(rng.randrange(len(left))))
    return found


def chance(rng: random.Random, share: float) -> bool:
    """True with a probability, to the millionth."""
    return rng.randrange(1_000_000) < share * 1_000_000
