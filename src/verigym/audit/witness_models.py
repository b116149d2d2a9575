"""A second opinion on backbones, implicants and numbers of models, from their definitions alone.

All models are found by trying every assignment, so that is for few variables; of more, a backbone and a
count are compared with those in the spec, and of implicants only the clauses are looked at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

MAX_STEPS = 1_000_000
"""Assignments times clauses to look at."""
KEYS = frozenset({"backbone", "shortest", "count"})
"""What a spec holds, one of these, when it is for this module."""

Clause = Sequence[int]


def opinion(spec: Mapping[str, Any], content: str) -> bool | None:
    """Whether an answer's content is right; None when there is no telling."""
    n, clauses = spec.get("variables"), spec.get("clauses")
    if type(n) is not int or not isinstance(clauses, list | tuple):
        return None
    words = [word for line in content.split("\n") for word in _without_v(line.split())]
    if not words or not all(word.removeprefix("-").isdecimal() and len(word) < 2000 for word in words):
        return None
    models = _models(n, clauses) if len(clauses) << min(n, 60) <= MAX_STEPS else None
    if "count" in spec:
        return len(words) == 1 and words[0] == str(_count(spec, models))
    listed = words[:-1] if words[-1] == "0" else words
    literals = {int(word) for word in listed if word != "0" and len(word) < 12}
    if len(literals) < len(listed) or not all(0 < abs(x) <= n for x in literals):
        return False
    if any(-x in literals for x in literals):
        return False
    if "backbone" in spec:
        if models is None:
            return literals == set(spec["backbone"])
        return literals == (set.intersection(*models) if models else set())
    return _implies(literals, clauses) and (
        len(literals) == spec["target"]
        if spec["shortest"]
        else not any(_implies(literals - {x}, clauses) for x in literals)
    )


def _without_v(words: list[str]) -> list[str]:
    return words[1:] if words[:1] == ["v"] else words


def _models(n: int, clauses: Sequence[Clause]) -> list[set[int]]:
    assignments = (
        {v if x else -v for v, x in enumerate(values, 1)} for values in product((0, 1), repeat=n)
    )
    return [true for true in assignments if all(true & set(clause) for clause in clauses)]


def _count(spec: Mapping[str, Any], models: list[set[int]] | None) -> int:
    if models is None:
        return int(spec["count"])
    shown = spec.get("shown")
    return len({frozenset(x for x in true if shown is None or abs(x) in shown) for true in models})


def _implies(literals: set[int], clauses: Sequence[Clause]) -> bool:
    """Whether every assignment with these literals satisfies the clauses: none can be made false."""
    return all(literals & set(clause) or any(-x in clause for x in clause) for clause in clauses)
