"""The bank of cheap heuristics for clauses with weights: what it reaches is where rewards begin.

The same heuristics as for counting clauses (:mod:`verigym.envs.sat.bank`): constants, the polarity that
weighs more, random assignments, and greedy flipping from a few of those. Hard clauses weigh more than
all soft ones together, so flipping mends them first.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import islice

from verigym.envs.sat.bank import STARTS, Model, guesses
from verigym.envs.sat.greedy import flips
from verigym.verifiers.wcnf import Weighted

MAX_FLIPS = 1_000


def constants(formula: Weighted) -> list[Model]:
    """All false, all true, and for each variable the polarity that weighs more (ties: true)."""
    variables = range(1, formula.variables + 1)
    sums = [0] * (2 * formula.variables + 1)  # by literal: negative indices find the negative ones
    for clause, weight in zip(formula.clauses, _weights(formula), strict=True):
        for literal in clause:
            sums[literal] += weight
    majority = tuple([v if sums[v] >= sums[-v] else -v for v in variables])
    return [tuple([-v for v in variables]), tuple(variables), majority]


@lru_cache(maxsize=8)
def bank(formula: Weighted) -> list[Model]:
    """Every assignment that the heuristics give."""
    random_models = guesses(formula)
    found = constants(formula) + random_models
    return found + [climbed(formula, model) for model in random_models[:STARTS]]


def cheapest_of(formula: Weighted, models: list[Model]) -> tuple[int, Model] | None:
    """The least cost among some assignments, and the first that has it.

    None when none of them satisfies the hard clauses.
    """
    costs = [(cost, i) for i, model in enumerate(models) if (cost := formula.cost(model)) is not None]
    return (min(costs)[0], models[min(costs)[1]]) if costs else None


def climbed(formula: Weighted, model: Model) -> Model:
    """The assignment after flipping, while it helps, the variable that helps most (ties: lowest)."""
    literals = set(model)
    for variable in islice(flips(formula, _weights(formula), model), MAX_FLIPS):
        literals ^= {variable, -variable}
    return tuple(sorted(literals, key=abs))


def _weights(formula: Weighted) -> list[int]:
    return [formula.total + 1 if weight is None else weight for weight in formula.weights]
