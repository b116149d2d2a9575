"""Minimal correction sets and cores by trying every assignment and every subset."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable

from verigym.verifiers.cnf import Formula


def has_model(formula: Formula, numbers: Iterable[int]) -> bool:
    clauses = [formula.clauses[i - 1] for i in numbers]
    for signs in itertools.product((1, -1), repeat=formula.variables):
        true = {sign * v for v, sign in enumerate(signs, 1)}
        if all(true & set(clause) for clause in clauses):
            return True
    return False


def every(formula: Formula) -> set[int]:
    return set(range(1, len(formula.clauses) + 1))


def is_correction(formula: Formula, removed: Collection[int]) -> bool:
    return has_model(formula, every(formula) - set(removed))


def is_mcs(formula: Formula, removed: Collection[int]) -> bool:
    fewer = [set(removed) - {i} for i in removed]
    return is_correction(formula, removed) and not any(is_correction(formula, x) for x in fewer)


def is_core(formula: Formula, chosen: Collection[int]) -> bool:
    return not has_model(formula, chosen)


def is_mus(formula: Formula, chosen: Collection[int]) -> bool:
    return is_core(formula, chosen) and all(has_model(formula, set(chosen) - {i}) for i in chosen)


def smallest(formula: Formula, kind: str) -> int:
    """The size of a smallest MCS or MUS."""
    holds = is_correction if kind == "mcs" else is_core
    numbers = sorted(every(formula))
    return next(
        size
        for size in range(len(numbers) + 1)
        if any(holds(formula, chosen) for chosen in itertools.combinations(numbers, size))
    )
