"""Cheap heuristics for satisfying clauses: what they reach is where partial rewards begin.

Even a coin satisfies seven clauses of eight in 3-SAT, so the share of satisfied clauses says nothing.
The bank holds what needs no reasoning: constants, the majority polarity of each variable, the best of
many random assignments, and greedy flipping of single variables from a few of those.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import islice

from verigym import seeding
from verigym.envs.sat.greedy import flips
from verigym.verifiers.cnf import Formula

Model = tuple[int, ...]

RANDOM = 32
STARTS = 4
SEARCHING = frozenset({"best of 32 random", "greedy flips"})
"""The policies that weigh many assignments before they answer with one."""
FEW = 32
"""Most variables for which weighing every flip anew is faster than to keep what each would gain."""
MAX_WEIGHED = 400_000
"""Flips weighed in one greedy search; 150 variables need about 3,000."""


def constants(formula: Formula) -> list[Model]:
    """All false, all true, and for each variable the polarity that occurs more often (ties: true)."""
    variables = range(1, formula.variables + 1)
    occurs = formula.occurrences
    majority = [v if occurs[v].bit_count() >= occurs[-v].bit_count() else -v for v in variables]
    return [tuple([-v for v in variables]), tuple(variables), tuple(majority)]


def guesses(formula: Formula, count: int = RANDOM) -> list[Model]:
    """Random assignments, always the same ones for the same formula."""
    rng = random.Random(seeding.derive("sat bank", formula.variables, formula.clauses))
    return [guess(rng, formula) for _ in range(count)]


def guess(rng: random.Random, formula: Formula) -> Model:
    """An assignment that knows nothing of the formula but its number of variables."""
    return tuple([v if rng.getrandbits(1) else -v for v in range(1, formula.variables + 1)])


def baseline(formula: Formula) -> int:
    """The most clauses that any heuristic of the bank satisfies."""
    random_models = guesses(formula)
    climbed = [climb(formula, model) for model in random_models[:STARTS]]
    return max(map(formula.satisfied, constants(formula) + random_models + climbed))


def policies(formula: Formula) -> dict[str, Model]:
    """What each heuristic of the bank answers, by its name; :data:`SEARCHING` weigh many first."""
    random_models = guesses(formula)
    climbed = [climb(formula, model) for model in random_models[:STARTS]]
    names = ("all false", "all true", "majority polarity")
    return {
        **dict(zip(names, constants(formula), strict=True)),
        "random bits": random_models[0],
        "best of 32 random": max(random_models, key=formula.satisfied),
        "greedy flips": max(climbed, key=formula.satisfied),
    }


def climb(formula: Formula, model: Model) -> Model:
    """The model after all flips of :func:`ascent`."""
    literals = list(model)
    for variable in ascent(formula, model):
        literals[variable - 1] = -literals[variable - 1]
    return tuple(literals)


def ascent(formula: Formula, model: Model) -> Iterator[int]:
    """The variables to flip, while it helps: each time the one that helps most (ties: lowest).

    ``model`` is in the order of its variables.
    """
    few = formula.variables <= FEW
    found = _in_bits(formula, model) if few else flips(formula, [1] * len(formula.clauses), model)
    return islice(found, MAX_WEIGHED // max(formula.variables, 1))


def _in_bits(formula: Formula, model: Model) -> Iterator[int]:
    """The same, by the sets of clauses that literals satisfy, so that nothing has to be set up."""
    literals = list(model)
    occurs = formula.occurrences
    best = formula.satisfied(literals)
    while True:
        # What the literals before and after each one satisfy, so that one pass weighs every flip.
        after = [0]
        for literal in reversed(literals):
            after.append(after[-1] | occurs[literal])
        before, flip = 0, -1
        for i, literal in enumerate(literals):
            count = (before | occurs[-literal] | after[-2 - i]).bit_count()
            if count > best:
                best, flip = count, i
            before |= occurs[literal]
        if flip < 0:
            return
        literals[flip] = -literals[flip]
        yield flip + 1
