"""Trivial features of a prompt, and how well one tells two classes apart."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from statistics import NormalDist

_NUMBER = re.compile(r"-?\d{1,18}")
ALPHA = 0.001
"""How often a family without a leak may be accused, over all features together."""


def _numbers(text: str) -> list[int]:
    return [int(word) for word in _NUMBER.findall(text)]


def _one_sided(text: str) -> float:
    """How unevenly numbers come with and without a minus sign, averaged over their absolute values."""
    signs: dict[int, Counter[bool]] = {}
    for number in _numbers(text):
        if number:
            signs.setdefault(abs(number), Counter())[number > 0] += 1
    uneven = [abs(found[True] - found[False]) / found.total() for found in signs.values()]
    return sum(uneven) / len(uneven) if uneven else 0.0


FEATURES: dict[str, Callable[[str], float]] = {
    "length": len,
    "words": lambda text: len(text.split()),
    "distinct words": lambda text: len(set(text.split())),
    "lines": lambda text: text.count("\n"),
    "capitals": lambda text: sum(map(str.isupper, text)),
    "punctuation": lambda text: sum(not (char.isalnum() or char.isspace()) for char in text),
    "numbers": lambda text: len(_numbers(text)),
    "negative numbers": lambda text: sum(number < 0 for number in _numbers(text)),
    "sum of numbers": lambda text: float(sum(_numbers(text))),
    "largest number": lambda text: float(max(_numbers(text), default=0)),
    "first number": lambda text: float(next(iter(_numbers(text)), 0)),
    "last number": lambda text: float((_numbers(text) or [0])[-1]),
    "one-sidedness of signs": _one_sided,
}
"""Name -> feature: nothing that needs the question to be understood."""


def auc(values: Sequence[float], positive: Sequence[bool]) -> float:
    """The chance that a value of the positive class is above one of the other, ties counted half.

    That is the area under the ROC curve, as Mann and Whitney's statistic; O(n log n).
    """
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks, start = 0.0, 0
    while start < len(order):
        end = start
        while end < len(order) and values[order[end]] == values[order[start]]:
            end += 1
        ranks += (start + end + 1) / 2 * sum(positive[index] for index in order[start:end])
        start = end
    ones = sum(positive)
    return (ranks - ones * (ones + 1) / 2) / (ones * (len(values) - ones))


def margin(ones: int, others: int, features: int) -> float:
    """Half the width of the confidence interval of an AUC when there is nothing to tell.

    Normal, with the variance of Mann and Whitney's statistic, corrected for the number of features
    (Bonferroni).
    """
    deviation = math.sqrt((ones + others + 1) / (12 * ones * others))
    return NormalDist().inv_cdf(1 - ALPHA / (2 * features)) * deviation
