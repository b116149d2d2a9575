"""What is paid for a suite of tests: this library's rule, and the definitions of others by name.

``exact``, the default: 1 when all tests are valid and all faulty programs are killed; otherwise, when
all tests are valid, up to 0.5 for the share killed beyond what random suites of as many tests kill.

The others are computed on the whole pool of faulty programs, N of them, for T tests:

* ``utrl`` (arXiv 2508.21107): 0.85 for the share of programs that some valid test kills, 0.05 for
  valid / max(12, T), 0.1 for the format;
* ``cure`` (2506.03136): the mean over tests of the share of programs that a valid one kills, and minus
  the share that an invalid one lets pass;
* ``atgen`` (2510.14635): output accuracy and attack success together: the mean over tests of the share
  of programs that the test kills, where it is valid, else nothing;
* ``code_a1`` (2603.15611): half of min(valid / 8, 1 - invalid / 8), cut to [0, 1], and half of the
  tests that kill, over 8, averaged over the programs;
* ``marginal`` (as 2603.01409 pays): the share of tests that kill what no test before them does.

They pay for parts that cheap suites reach: ``utrl`` for any text in the right form, say. A verdict
pays 1 for a full success alone, so one that is asked for by name pays half of its value for less, and
nothing where it is negative; the value itself is in the evidence.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from verigym.errors import TaskError
from verigym.verdict import Status, Verdict, correct, failed, graded

EXACT = "exact"
NAMES = (EXACT, "utrl", "cure", "atgen", "code_a1", "marginal")
TAU = 12
"""UTRL's least denominator of validity."""
A1 = 8
"""Code-A1's number of tests."""


def rewards(kills: Sequence[AbstractSet[int]], valid: Sequence[bool], total: int) -> dict[str, float]:
    """What the definitions of others give.

    Args:
        kills: for each test the faulty programs that it kills; of an invalid one, those that fail it.
        valid: whether each test is.
        total: how many faulty programs there are.
    """
    good = [kill for kill, fine in zip(kills, valid, strict=True) if fine]
    invalid = len(kills) - len(good)
    killed: set[int] = set()
    marginal = 0
    for kill in good:
        marginal += bool(kill - killed)
        killed |= kill
    cure = [
        len(kill) / total if fine else -(total - len(kill)) / total
        for kill, fine in zip(kills, valid, strict=True)
    ]
    validity = min(max(min(len(good) / A1, 1 - invalid / A1), 0.0), 1.0)
    attack = sum(min(sum(number in kill for kill in good) / A1, 1.0) for number in range(total)) / total
    found = {
        "utrl": 0.85 * len(killed) / total + 0.05 * len(good) / max(TAU, len(kills)) + 0.1,
        "cure": sum(cure) / len(cure),
        "atgen": sum(map(len, good)) / total / len(kills),
        "code_a1": 0.5 * validity + 0.5 * attack,
        "marginal": marginal / len(kills),
    }
    return {name: round(value, 6) for name, value in found.items()}


def verdict_of(
    reward: str, share: float, floor: float, valid: bool, said: str, found: dict[str, Any]
) -> Verdict:
    """The verdict on a suite.

    Args:
        reward: one of :data:`NAMES`.
        share: of the faulty programs, how many the valid tests kill.
        floor: the share that random suites of as many tests kill.
        valid: whether all tests are.
        said: the feedback.
        found: ``cases`` and ``evidence``; in the latter ``rewards``, what :func:`rewards` gives.

    Raises:
        TaskError: for a reward that does not exist.
    """
    if reward not in NAMES:
        raise TaskError(f"reward is {reward!r}; it must be one of {', '.join(NAMES)}")
    if valid and share >= 1:
        return correct(said, **found)
    if reward != EXACT:
        return graded(found["evidence"]["rewards"][reward], said, **found)
    if not valid:
        return failed(Status.WRONG, said, **found)
    return graded((share - floor) / (1 - floor) if floor < 1 else 0.0, said, **found)
