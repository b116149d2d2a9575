"""MathRuler: ``grade_answer`` of ``extract_boxed_content``, as its ``evaluate`` calls them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mathruler.grader import extract_boxed_content, grade_answer


def grade(prompt: str, answer: str, record: Mapping[str, Any]) -> float:
    """1 for an answer that it accepts."""
    return float(grade_answer(extract_boxed_content(answer), record["truth"]))
