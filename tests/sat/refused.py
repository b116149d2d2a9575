"""What is asked of the verifiers of formulas about hostile answers, whatever the family."""

from __future__ import annotations

from collections.abc import Iterable

import verigym
from verigym import Status, Task


def refused_quickly(tasks: Iterable[Task], answer: str) -> None:
    """An answer earns nothing for any of these tasks, is judged, and that in little time."""
    for task in tasks:
        verdict = verigym.verify(task, answer)
        assert verdict.reward == 0.0
        assert verdict.status in (Status.MALFORMED, Status.WRONG)
        assert verdict.timings["total"] < 2
