"""Formulas for the tests."""

from __future__ import annotations

import itertools
import random

from verigym.envs.sat.shapes.uniform import Uniform
from verigym.envs.sat.solver import find_model
from verigym.verifiers.cnf import Formula

SQUARE = Formula(2, ((1, 2), (-1, 2), (1, -2), (-1, -2)))


def random_formula(rng: random.Random, n: int, m: int, k: int) -> Formula:
    """``m`` different clauses of ``k`` different variables out of ``n``, in the order drawn."""
    return Uniform().build(rng, {"n": n, "ratio": m / n, "k": k})


def unsatisfiable(n: int, count: int, seed: int = 0) -> list[Formula]:
    """Random formulas near the threshold that have no model."""
    rng = random.Random(seed)
    found: list[Formula] = []
    while len(found) < count:
        formula = random_formula(rng, n, round(4.4 * n), 3)
        if find_model(formula) is None:
            found.append(formula)
    return found


def pigeons(holes: int) -> Formula:
    """One pigeon too many."""
    at = {(p, h): p * holes + h + 1 for p in range(holes + 1) for h in range(holes)}
    clauses = [[at[p, h] for h in range(holes)] for p in range(holes + 1)]
    for h in range(holes):
        clauses += [[-at[p, h], -at[q, h]] for p, q in itertools.combinations(range(holes + 1), 2)]
    return Formula.of(len(at), clauses)
