"""Small formulas with weights, and their costs by definition."""

from __future__ import annotations

import itertools
from typing import Any

from hypothesis import strategies as st

from verigym import Task
from verigym.verifiers.wcnf import Weighted

LITERALS = st.sampled_from([sign * v for v in range(1, 5) for sign in (1, -1)])
WEIGHTED = st.lists(
    st.tuples(st.none() | st.integers(1, 5), st.lists(LITERALS, max_size=3)), min_size=1, max_size=12
).map(lambda pairs: Weighted(4, tuple([tuple(c) for _, c in pairs]), tuple([w for w, _ in pairs])))


def assignments(n: int) -> list[tuple[int, ...]]:
    signs = itertools.product((1, -1), repeat=n)
    return [tuple([s * v for v, s in enumerate(row, 1)]) for row in signs]


def naive_cost(formula: Weighted, model: tuple[int, ...]) -> float:
    false = [
        float("inf") if weight is None else weight
        for clause, weight in zip(formula.clauses, formula.weights, strict=True)
        if not set(clause) & set(model)
    ]
    return sum(false)


def task_of(formula: Weighted, **spec: Any) -> Task:
    about = {"variables": formula.variables, "clauses": formula.clauses, "weights": formula.weights}
    return Task(family="sat/maxsat", prompt="p", spec={**about, "certificate": False, **spec})


def text_of(literals: tuple[int, ...]) -> str:
    return " ".join(map(str, (*literals, 0)))
