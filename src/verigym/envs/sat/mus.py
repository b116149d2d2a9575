"""``sat/mus``: a minimal set of clauses that has no model by itself."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import ClassVar

from verigym.envs.sat.clause_sets import ClauseSetFamily
from verigym.envs.sat.core_bank import smallest_cheap_core, tidied
from verigym.envs.sat.cores import Cores
from verigym.envs.sat.smallest import smallest_core
from verigym.verifiers.clause_sets import MusVerifier
from verigym.verifiers.cnf import Formula


class SatMus(ClauseSetFamily):
    """Find a minimal core, or a smallest one."""

    name = "sat/mus"
    summary = "Find clauses that contradict each other, and none to spare; on demand fewest."
    verifier = MusVerifier()
    mixed = 4.0
    subset = "mus"
    asked: ClassVar = {
        False: (
            "Find a minimal unsatisfiable subset: a set of clauses that cannot all be true together, "
            "such that without any one of them the others can."
        ),
        True: (
            "Find a smallest unsatisfiable subset: a set of as few clauses as possible that cannot all "
            "be true together."
        ),
    }
    example: ClassVar = {
        False: (
            "it is <answer>1 2 3 0</answer> or <answer>11100</answer>, and also <answer>2 4 0</answer>."
        ),
        True: "it is <answer>2 4 0</answer> or <answer>01010</answer>, or <answer>3 5 0</answer>.",
    }

    def cheap(self, formula: Formula) -> bool:
        target, _ = self.sizes_of(formula)
        return len(tidied(formula)) == target

    def sizes_of(self, formula: Formula) -> tuple[int, int]:
        return len(self.found(formula)), _floor(formula)

    def holds(self, cores: Cores, chosen: Collection[int]) -> bool:
        return cores.refuted(chosen)

    def found(self, formula: Formula) -> Collection[int]:
        return _smallest(formula) if self.smallest else _minimal(formula)

    def blind_sets(self, formula: Formula) -> dict[str, Collection[int]]:
        return {**super().blind_sets(formula), "subsumption and pure literals": tidied(formula)}


@lru_cache(maxsize=4)
def _floor(formula: Formula) -> int:
    with Cores(formula) as cores:
        return smallest_cheap_core(formula, cores)


@lru_cache(maxsize=4)
def _smallest(formula: Formula) -> frozenset[int]:
    return smallest_core(formula)


@lru_cache(maxsize=4)
def _minimal(formula: Formula) -> frozenset[int]:
    """What is left after leaving out each clause in order that can be spared."""
    with Cores(formula) as cores:
        return cores.minimal(sorted(tidied(formula)))
