"""One answer that an audit tries, what must come of it, and what is wrong when something else does."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from verigym.audit.judges import Seen


class Must(str, Enum):
    """What must come of an answer; the value says it in a report."""

    FULL = "the full reward"
    LESS = "less than the full reward"
    NOTHING = "no reward"
    VERDICT = "a verdict"
    """Any; what no answer may do is raise, end or hang the judge."""


@dataclass(frozen=True)
class Trial:
    """One answer to one item."""

    item: int
    """Position of the item."""
    answer: Any
    what: str
    """Which answer it is, in a few words."""
    must: Must


@dataclass(frozen=True)
class Scale:
    """What the rewards of a grader mean; a family's are always as these defaults say."""

    low: float = 0.0
    high: float = 1.0
    floor: float = 0.0
    """Rewards up to this one count as none, as for a grader that pays a little for any text."""

    def is_full(self, reward: float) -> bool:
        return reward >= self.high - 1e-9


def fault(must: Must, seen: Seen, scale: Scale) -> str | None:
    """What was expected instead of what was seen; None when it is as it must be, or an abstention."""
    if seen.raised or seen.broke or seen.odd or seen.blames_itself:
        return Must.VERDICT.value
    if seen.reward is None:
        return None
    full = scale.is_full(seen.reward) or bool(seen.correct)
    bad = {
        Must.FULL: not full or seen.correct is False,
        Must.LESS: full,
        Must.NOTHING: full or seen.reward > scale.floor,
        Must.VERDICT: False,
    }
    return must.value if bad[must] else None
