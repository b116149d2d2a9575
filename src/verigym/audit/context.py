"""What each check is given: the items, a way to have answers judged, and somewhere to put findings."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from verigym import seeding
from verigym.audit.judges import Seen, Setting
from verigym.audit.report import MAX_ANSWER, Finding
from verigym.audit.target import Item, Target
from verigym.audit.trial import Scale, Trial, fault
from verigym.audit.witness import opinion

Ask = Callable[[Iterable[tuple[int, Any]]], Iterator[Seen]]
"""What comes of (item, answer) pairs, in their order."""


class Skip(Exception):
    """There is nothing for a check to try; the message says why."""


@dataclass(frozen=True)
class Audit:
    """One audit under way."""

    target: Target
    setting: Setting
    scale: Scale
    seed: int
    rough: bool
    """Whether exploits that could harm the machine run."""
    judge: Ask
    open: Callable[[Setting], AbstractContextManager[Ask]]
    """The same for other items than those audited, for the time of a ``with`` block."""

    def rng(self, check: str, item: Item) -> random.Random:
        """The random stream of one check on one item."""
        return random.Random(seeding.derive("audit", self.seed, check, item.id))

    def referenced(self) -> list[Item]:
        """The items with a reference.

        Raises:
            Skip: when there are none.
        """
        found = [item for item in self.target.items if item.reference is not None]
        if not found:
            raise Skip("no task has a reference")
        return found


@dataclass
class Tally:
    """What one check has found so far."""

    judged: int = 0
    abstained: int = 0
    findings: list[Finding] = field(default_factory=list)
    figures: dict[str, float] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)

    def add(self, item: Item | None, what: str, expected: str, got: str, answer: Any = "") -> None:
        """Note a finding."""
        text = answer if isinstance(answer, str) else repr(answer)
        task = item.id if item is not None else ""
        self.findings.append(Finding("", what, expected, got, task, text[:MAX_ANSWER]))

    def look(self, audit: Audit, trial: Trial, seen: Seen) -> None:
        """Count a verdict, and note it if it is not what it must be."""
        self.judged += 1
        self.abstained += seen.excused
        if expected := fault(trial.must, seen, audit.scale):
            item = audit.target.items[trial.item]
            self.add(item, trial.what, expected, seen.words, trial.answer)


def judged(audit: Audit, trials: Iterable[Trial]) -> Iterator[tuple[Trial, Seen]]:
    """The trials with what came of each, in order."""
    trials = list(trials)
    seen = audit.judge((trial.item, trial.answer) for trial in trials)
    yield from zip(trials, seen, strict=True)


def tried(audit: Audit, trials: Iterable[Trial], figures: Mapping[str, float] | None = None) -> Tally:
    """All trials judged, each against what it must be."""
    tally = Tally(figures=dict(figures or {}))
    for trial, seen in judged(audit, trials):
        tally.look(audit, trial, seen)
    if not tally.judged:
        raise Skip("there is no answer to try")
    return tally


def may_be_right(item: Item, answer: str) -> bool:
    """Whether an answer that is thought wrong could be right by chance."""
    content = item.content or ""
    same = content.split() == answer.split() or content.strip().casefold() == answer.strip().casefold()
    return same or opinion(item.spec, content, answer) is True
