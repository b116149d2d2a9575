"""``sat/mcs``: a minimal set of clauses without which the formula has a model."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import ClassVar

from verigym.difficulty import Dial
from verigym.envs.sat.bank import guesses
from verigym.envs.sat.clause_sets import ClauseSetFamily
from verigym.envs.sat.cores import Cores
from verigym.envs.sat.maxsat import EASY
from verigym.envs.sat.optimum import cheapest, is_least
from verigym.envs.sat.weighted_bank import bank, cheapest_of, climbed, constants
from verigym.verifiers.clause_sets import McsVerifier
from verigym.verifiers.cnf import Formula
from verigym.verifiers.wcnf import Weighted, weighted


class SatMcs(ClauseSetFamily):
    """Find a minimal correction set, or a smallest one.

    Greedy flipping of single variables often ends in an assignment whose false clauses are a minimal
    correction set. So this is easier than it looks; with ``smallest`` such formulas are drawn again.
    So are those in which one clause by itself is a correction set, with :data:`EASY` variables or more:
    at SATQuest's four clauses for each variable one clause in ten is.
    """

    name = "sat/mcs"
    summary = "Find clauses without which a formula has a model, and none to spare; on demand fewest."
    verifier = McsVerifier()
    mixed = 6.0
    dials: ClassVar = {"n": Dial(6, 150, (6, 9, 12, 16, 24))}
    subset = "mcs"
    searching: ClassVar = frozenset({"greedy flips"})
    asked: ClassVar = {
        False: (
            "Find a minimal correction set: a set of clauses without which the others can all be true "
            "together, such that with any one of them put back they cannot."
        ),
        True: (
            "Find a smallest correction set: a set of as few clauses as possible without which the "
            "others can all be true together."
        ),
    }
    example: ClassVar = {
        False: (
            "it is <answer>1 4 5 0</answer> or <answer>10011</answer>, and also <answer>2 3 0</answer>."
        ),
        True: "it is <answer>2 3 0</answer> or <answer>01100</answer>; no single clause suffices.",
    }

    def cheap(self, formula: Formula) -> bool:
        every, small = weighted(formula), formula.variables < EASY
        if not small and _single(formula):
            return True
        models = [*constants(every), *guesses(formula, 1)]
        if self.smallest:
            reached = cheapest_of(every, models if small else bank(every))
            return reached is not None and is_least(every, reached[0])
        with Cores(formula) as cores:
            return not all(cores.spares(_false(every, model)) for model in models)

    def sizes_of(self, formula: Formula) -> tuple[int, int]:
        every = weighted(formula)
        reached = cheapest_of(every, bank(every))
        assert reached is not None
        return _solved(every)[0] if self.smallest else 1, reached[0]

    def holds(self, cores: Cores, chosen: Collection[int]) -> bool:
        return cores.corrects(chosen)

    def found(self, formula: Formula) -> Collection[int]:
        if self.smallest:
            every = weighted(formula)
            return _false(every, _solved(every)[1])
        with Cores(formula) as cores:
            return cores.correction(())

    def blind_sets(self, formula: Formula) -> dict[str, Collection[int]]:
        every, random_bits = weighted(formula), guesses(formula, 1)[0]
        names = ("all false", "all true", "majority polarity")
        models = dict(zip(names, constants(every), strict=True))
        models["random bits"] = random_bits
        models["greedy flips"] = climbed(every, random_bits)
        sets = {name: _false(every, model) for name, model in models.items()}
        return {**super().blind_sets(formula), **sets}


@lru_cache(maxsize=4)
def _solved(formula: Weighted) -> tuple[int, tuple[int, ...]]:
    """The fewest false clauses and an assignment that has them, found once for the steps of posing."""
    reached = cheapest_of(formula, bank(formula))
    found = cheapest(formula, reached and reached[1])
    assert found is not None
    return found


def _single(formula: Formula) -> bool:
    """Whether some clause by itself is a correction set."""
    with Cores(formula) as cores:
        return any(cores.corrects({i + 1}) for i in range(len(formula.clauses)))


def _false(formula: Weighted, model: tuple[int, ...]) -> frozenset[int]:
    """The numbers of the clauses that an assignment makes false."""
    false = formula.violated(model)
    return frozenset([i + 1 for i in range(len(formula.clauses)) if false >> i & 1])
