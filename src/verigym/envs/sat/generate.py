"""Uniform random k-SAT: the classic model, with clauses that are all different.

Every clause has ``k`` different variables in increasing order, each negated by a fair coin, and no
clause occurs twice, whatever the formula turns out to be. Formulas are kept or drawn again by whether
they are satisfiable; none is built around a model, which would show in how often each literal occurs.
"""

from __future__ import annotations

import random

from verigym.envs.sat.bank import constants
from verigym.envs.sat.solver import find_model
from verigym.errors import FamilyError
from verigym.verifiers.cnf import Formula

MAX_DRAWS = 1_000


def random_formula(rng: random.Random, n: int, m: int, k: int) -> Formula:
    """``m`` different clauses of ``k`` different variables out of ``n``, in the order drawn.

    There must be well more than ``m`` such clauses. Uses ``randrange`` and ``getrandbits`` alone, whose
    streams are the same in every version of Python.
    """
    clauses: dict[tuple[int, ...], None] = {}
    while len(clauses) < m:
        variables: set[int] = set()
        while len(variables) < k:
            variables.add(1 + rng.randrange(n))
        clauses[tuple([v if rng.getrandbits(1) else -v for v in sorted(variables)])] = None
    return Formula(n, tuple(clauses))


def draw(rng: random.Random, n: int, m: int, k: int, satisfiable: bool) -> Formula:
    """The first formula drawn that is (un)satisfiable as demanded, and by no constant assignment.

    Raises:
        FamilyError: when none of :data:`MAX_DRAWS` is, or one is too hard to tell.

    """
    for _ in range(MAX_DRAWS):
        formula = random_formula(rng, n, m, k)
        if any(formula.satisfied(model) == m for model in constants(formula)):
            continue  # an answer that knows nothing would be right
        if (find_model(formula) is not None) == satisfiable:
            return formula
    raise FamilyError(
        f"none of {MAX_DRAWS} random formulas with {n} variables and {m} clauses of {k} literals was "
        f"{'satisfiable' if satisfiable else 'unsatisfiable'} and not trivial: "
        f"choose a {'lower' if satisfiable else 'higher'} ratio"
    )
