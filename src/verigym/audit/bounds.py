"""Confidence bounds of a share that was counted: exact, without a table and without scipy.

Clopper and Pearson (Biometrika 1934): the lower bound is the share at which so many successes or more
would come with probability ``alpha``, the upper one where so many or fewer would. They hold for the
mean of unequal chances too, as long as the count is beyond what that mean expects (Hoeffding 1956).
"""

from __future__ import annotations

import math

STEPS = 50
"""Bisections: an error of 1e-15."""


def at_least(successes: int, trials: int, alpha: float) -> float:
    """The least share that the count allows, but for a chance of ``alpha``; O(trials)."""
    return 0.0 if successes == 0 else 1.0 - at_most(trials - successes, trials, alpha)


def at_most(successes: int, trials: int, alpha: float) -> float:
    """The greatest share that the count allows, but for a chance of ``alpha``; 1 without trials."""
    if successes >= trials:
        return 1.0
    low, high = successes / trials, 1.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if _tail(successes, trials, middle) > alpha else (low, middle)
    return high


def _tail(successes: int, trials: int, share: float) -> float:
    """The probability of at most so many successes (binomial)."""
    if share >= 1.0:
        return 0.0
    yes, no = math.log(share) if share else -math.inf, math.log1p(-share)
    total = math.lgamma(trials + 1)
    return math.fsum(
        math.exp(
            total
            - math.lgamma(k + 1)
            - math.lgamma(trials - k + 1)
            + (k * yes if k else 0.0)
            + (trials - k) * no
        )
        for k in range(successes + 1)
    )
