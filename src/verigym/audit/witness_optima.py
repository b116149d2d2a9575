"""A second opinion on cheapest assignments, minimal correction sets and minimal cores.

Written from the definitions alone, with a solver (Davis, Logemann and Loveland 1962) that is too
simple to share a mistake with the verifiers. Least costs and least sizes are those that the task was
made with.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

MAX_STEPS = 20_000
"""Branches of the search before there is no opinion."""

Clause = Sequence[int]


class _Enough(Exception):
    """The search takes too long."""


def opinion(spec: Mapping[str, Any], content: str) -> bool | None:
    """Whether an answer's content is right for a spec with ``weights`` or a ``subset``.

    None when there is no telling.
    """
    n, clauses = spec.get("variables"), spec.get("clauses")
    if type(n) is not int or not isinstance(clauses, list | tuple) or spec.get("certificate"):
        return None
    words = [word for word in content.split() if word != "v"]
    if not words or not all(word.removeprefix("-").isdecimal() and len(word) < 2000 for word in words):
        return None
    if "weights" in spec:
        return _is_cheapest(n, clauses, spec, words)
    try:
        return _is_minimal(clauses, spec, words)
    except (_Enough, RecursionError):
        return None


def _is_cheapest(
    n: int, clauses: Sequence[Clause], spec: Mapping[str, Any], words: list[str]
) -> bool | None:
    if len(words) == 1 and n > 1:
        if len(words[0]) != n or set(words[0]) - {"0", "1"}:
            return None
        true = {v if bit == "1" else -v for v, bit in enumerate(words[0], 1)}
    else:
        model = _numbers(words)
        if model is None or sorted(map(abs, model)) != list(range(1, n + 1)):
            return None
        true = set(model)
    pairs = zip(clauses, spec["weights"], strict=True)
    false = [weight for clause, weight in pairs if not true & set(clause)]
    return None not in false and sum(false) == spec["optimum"]


def _is_minimal(clauses: Sequence[Clause], spec: Mapping[str, Any], words: list[str]) -> bool | None:
    every = set(range(1, len(clauses) + 1))
    if len(words) == 1 and len(words[0]) == len(clauses) > 1 and not set(words[0]) - {"0", "1"}:
        chosen = {i for i, bit in enumerate(words[0], 1) if bit == "1"}
    else:
        listed = _numbers(words)
        if listed is None or len(set(listed)) < len(listed) or not set(listed) <= every:
            return None
        chosen = set(listed)
    budget = [MAX_STEPS]

    def has_model(numbers: Collection[int]) -> bool:
        return _has_model([frozenset(clauses[i - 1]) for i in numbers], budget)

    if spec["subset"] == "mcs":
        holds = has_model(every - chosen)
        minimal = holds and not any(has_model((every - chosen) | {i}) for i in chosen)
    else:
        holds = not has_model(chosen)
        minimal = holds and all(has_model(chosen - {i}) for i in chosen)
    return holds and len(chosen) == spec["target"] if spec["smallest"] else minimal


def _numbers(words: list[str]) -> list[int] | None:
    """The numbers of a list, without a 0 at its end."""
    numbers = [int(word) for word in words if len(word) < 12]
    if len(numbers) < len(words):
        return None
    return numbers[:-1] if numbers[-1] == 0 else numbers


def _has_model(clauses: list[frozenset[int]], budget: list[int]) -> bool:
    budget[0] -= 1
    if budget[0] < 0:
        raise _Enough
    if not clauses:
        return True
    shortest = min(clauses, key=len)
    if not shortest:
        return False
    literal = next(iter(shortest))
    for choice in (literal, -literal) if len(shortest) > 1 else (literal,):
        left = [clause - {-choice} for clause in clauses if choice not in clause]
        if _has_model(left, budget):
            return True
    return False
