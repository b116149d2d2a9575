"""Counting verdicts without lying about what is not known.

An abstention says nothing about the answer, so it enters no mean; it does not vanish either: every
summary shows how many answers were judged and how many were not. An answer that nobody gave is the
candidate's failure, counts as one, and is shown as missing.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from verigym.bench.pairs import Pairs, PairTally
from verigym.bench.run import Job
from verigym.verdict import Status


@dataclass(frozen=True)
class Summary:
    """What came of the answers to a number of tasks."""

    tasks: int
    """Different tasks."""
    samples: int
    """Answers, with those missing: ``judged + abstained``."""
    judged: int
    """Answers that have a reward: the denominator of ``mean_reward``."""
    correct: int
    """Full successes among them."""
    mean_reward: float | None
    """Over the judged answers; None when there are none."""
    abstained: int
    """Answers that could not be judged, through no fault of their own."""
    missing: int
    """Tasks that nobody answered; each counts as one judged answer of reward 0."""
    resumed: int
    """Answers whose verdict was taken from an earlier run."""
    by_status: Mapping[str, int]
    """How many answers ended in each status; statuses that never occurred are left out."""
    seconds: float
    """Wall-clock seconds of this run."""
    pairs: Pairs | None = None
    """Of tasks that come in pairs, how many pairs were answered; None when none does."""

    def to_json(self) -> dict[str, Any]:
        """A plain dict that ``json.dumps`` takes as it is; without ``pairs`` when there are none."""
        found = {**vars(self), "by_status": dict(self.by_status)}
        del found["pairs"]
        return found if self.pairs is None else {**found, "pairs": self.pairs.to_json()}


class Tally:
    """Adds verdicts up; :meth:`summary` can be asked for at any time."""

    def __init__(self) -> None:
        self._start = time.perf_counter()
        self._tasks: set[int] = set()
        self._statuses: Counter[Status] = Counter()
        self._judged, self._rewards = 0, 0.0
        self._pairs = PairTally()
        self.missing = self.resumed = 0

    def add(self, job: Job, status: Status, reward: float | None, *, resumed: bool = False) -> None:
        """Count one verdict."""
        self._tasks.add(job.index)
        self._statuses[status] += 1
        self._pairs.add(job, status)
        if reward is not None:
            self._judged += 1
            self._rewards += reward
        self.missing += job.missing
        self.resumed += resumed

    @property
    def abstained(self) -> int:
        return sum(count for status, count in self._statuses.items() if status.abstains)

    @property
    def correct(self) -> int:
        return self._statuses[Status.CORRECT]

    def summary(self) -> Summary:
        """What was counted so far."""
        return Summary(
            tasks=len(self._tasks),
            samples=sum(self._statuses.values()),
            judged=self._judged,
            correct=self.correct,
            mean_reward=self._rewards / self._judged if self._judged else None,
            abstained=self.abstained,
            missing=self.missing,
            resumed=self.resumed,
            by_status={
                status.value: self._statuses[status] for status in Status if self._statuses[status]
            },
            seconds=round(time.perf_counter() - self._start, 3),
            pairs=self._pairs.pairs(),
        )
