"""TRL: ``accuracy_reward`` on one completion, as its docstring shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trl.rewards import accuracy_reward


def accuracy(prompt: str, answer: str, record: Mapping[str, Any]) -> float | None:
    """None, which skips a sample, counts as an abstention."""
    paid: list[float | None] = accuracy_reward(
        [[{"role": "assistant", "content": answer}]], [record["truth"]]
    )
    return paid[0]
