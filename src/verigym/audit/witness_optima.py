"""A second opinion on the least cost of a formula, on minimal correction sets and minimal cores.

Written from the definitions alone, by trying every assignment, so it is for few variables.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

MAX_STEPS = 1_000_000
"""Assignments times clauses to look at before there is no opinion."""

Clause = Sequence[int]


def opinion(spec: Mapping[str, Any], content: str) -> bool | None:
    """Whether an answer's content is right for a spec with ``weights`` or a ``subset``; None when there
    is no telling.
    """
    n, clauses = spec.get("variables"), spec.get("clauses")
    if type(n) is not int or not isinstance(clauses, list | tuple) or n > 16:
        return None
    if len(clauses) << n > MAX_STEPS or spec.get("certificate"):
        return None
    words = [word for word in content.split() if word != "v"]
    if not words or not all(word.removeprefix("-").isdecimal() and len(word) < 2000 for word in words):
        return None
    if "weights" in spec:
        return _is_cheapest(n, clauses, spec["weights"], words)
    return _is_minimal(n, clauses, spec, words)


def _false_ones(n: int, clauses: Sequence[Clause]) -> Iterator[set[int]]:
    """For each assignment the indices of the clauses that it makes false."""
    for values in product((False, True), repeat=n):
        yield _false(values, clauses)


def _false(values: Sequence[bool], clauses: Sequence[Clause]) -> set[int]:
    return {
        i for i, clause in enumerate(clauses) if not any(values[abs(x) - 1] == (x > 0) for x in clause)
    }


def _is_cheapest(
    n: int, clauses: Sequence[Clause], weights: Sequence[int | None], words: list[str]
) -> bool | None:
    def cost(false: set[int]) -> float:
        return sum(float("inf") if (w := weights[i]) is None else w for i in false)

    if len(words) == 1 and n > 1:
        if len(words[0]) != n or set(words[0]) - {"0", "1"}:
            return None
        values = [bit == "1" for bit in words[0]]
    else:
        numbers = [int(word) for word in words if len(word) < 12]
        model = numbers[:-1] if numbers and numbers[-1] == 0 else numbers
        if len(numbers) < len(words) or sorted(map(abs, model)) != list(range(1, n + 1)):
            return None
        values = [v in model for v in range(1, n + 1)]
    return cost(_false(values, clauses)) == min(map(cost, _false_ones(n, clauses)))


def _is_minimal(
    n: int, clauses: Sequence[Clause], spec: Mapping[str, Any], words: list[str]
) -> bool | None:
    if len(words) == 1 and len(words[0]) == len(clauses) > 1 and not set(words[0]) - {"0", "1"}:
        chosen = {i for i, bit in enumerate(words[0]) if bit == "1"}
    else:
        numbers = [int(word) for word in words if len(word) < 12]
        listed = numbers[:-1] if numbers and numbers[-1] == 0 else numbers
        chosen = {number - 1 for number in listed}
        if len(numbers) < len(words) or len(chosen) < len(listed):
            return None
        if not all(0 <= i < len(clauses) for i in chosen):
            return None
    false = list(_false_ones(n, clauses))
    if spec["subset"] == "mcs":  # some assignment makes false what was removed, and nothing else
        right = any(it <= chosen for it in false) and not any(it < chosen for it in false)
    else:
        right = all(it & chosen for it in false) and all(
            any(it & chosen == {i} for it in false) for i in chosen
        )
    return right and (not spec["smallest"] or len(chosen) == spec["target"])
