"""EvalPlus: ``untrusted_check`` on the base inputs, as its ``evaluate`` calls it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evalplus.eval import untrusted_check

from graders.records import INPUTS, OUTPUTS


def grade(prompt: str, answer: str, record: Mapping[str, Any]) -> float:
    """The answer is a whole function; the reference is said to take 0.1 seconds."""
    name = record["entry_point"]
    status, _ = untrusted_check(
        "humaneval", answer, INPUTS, name, OUTPUTS, 0, [0.1] * len(INPUTS), fast_check=True
    )
    return float(status == "pass")
