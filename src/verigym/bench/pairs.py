"""Matched pairs: two tasks alike but for what is right, which count only when both are answered.

Tasks say by the same ``metadata["pair"]`` that they belong together. Whoever always gives the same kind
of answer has half of the tasks right, and no pair.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from verigym.bench.run import Job
from verigym.verdict import Status

MEMBERS = 2


@dataclass(frozen=True)
class Pairs:
    """What came of the answers to pairs; a pair that is answered several times counts each time."""

    whole: int
    """Pairs both of whose tasks were posed, with answers of the same number."""
    judged: int
    """Those among them both of whose answers have a reward; an abstention makes no pair wrong."""
    correct: int
    """Those among them both of whose answers are correct."""

    @property
    def share(self) -> float | None:
        """Of the judged pairs, how many are correct; None when there are none."""
        return self.correct / self.judged if self.judged else None

    def to_json(self) -> dict[str, Any]:
        """A plain dict that ``json.dumps`` takes as it is."""
        return {**vars(self), "share": self.share}


class PairTally:
    """Adds verdicts up, pair by pair."""

    def __init__(self) -> None:
        self._found: dict[tuple[int | str, int], dict[int, Status]] = {}

    def add(self, job: Job, status: Status) -> None:
        """Count one verdict, if its task is one of a pair."""
        pair = job.task.metadata.get("pair")
        if isinstance(pair, int | str) and not isinstance(pair, bool):
            self._found.setdefault((pair, job.sample), {})[job.index] = status

    def pairs(self) -> Pairs | None:
        """What was counted so far; None when no task is one of a pair."""
        if not self._found:
            return None
        whole = [list(found.values()) for found in self._found.values() if len(found) == MEMBERS]
        judged = [found for found in whole if not any(status.abstains for status in found)]
        correct = [found for found in judged if set(found) == {Status.CORRECT}]
        return Pairs(len(whole), len(judged), len(correct))
