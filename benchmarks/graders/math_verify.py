"""Math-Verify: ``verify(parse(truth), parse(answer))``, as its README shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from math_verify import parse, verify


def grade(prompt: str, answer: str, record: Mapping[str, Any]) -> float:
    """With its own time limits, of five seconds for each step."""
    return float(verify(parse(f"${record['truth']}$"), parse(answer)))
