"""Smallest correction sets and smallest cores of an unsatisfiable formula, each found in two ways.

A smallest correction set is what a cheapest assignment violates when every clause weighs 1
(:mod:`verigym.envs.sat.optimum`). A core needs a clause of every correction set, so a smallest core
is a smallest set that meets all of them (M. Liffiton, K. Sakallah, "Algorithms for Computing Minimal
Unsatisfiable Subsets of Constraints", JAR 2008); that is found by adding correction sets that a
candidate misses, as in A. Ignatiev, A. Previti, M. Liffiton, J. Marques-Silva, "Smallest MUS
Extraction with Minimal Hitting Set Dualization", CP 2015: once here, on the way down of MaxSAT, and
once by PySAT's OptUx, which goes up and uses other solvers.
"""

from __future__ import annotations

from collections.abc import Collection

from verigym.envs.sat.cores import Cores
from verigym.envs.sat.optimum import descend
from verigym.envs.sat.solver import Undecided
from verigym.errors import VerigymError
from verigym.verifiers.cnf import Formula
from verigym.verifiers.wcnf import Weighted

MAX_SETS = 3_000
"""Most correction sets to look at."""


def smallest_core(formula: Formula) -> frozenset[int]:
    """The numbers of the clauses of a smallest core.

    Raises:
        Undecided: when the formula is too hard for the limits.
        VerigymError: when the two ways do not agree.

    """
    found = _by_hitting_sets(formula)
    other = _by_optux(formula)
    with Cores(formula) as cores:
        if not cores.refuted(found) or not cores.refuted(other):
            raise VerigymError("a smallest core that was found has a model")
    if len(found) != len(other):
        raise VerigymError(
            f"the smallest core has {len(found)} or {len(other)} clauses: two ways disagree"
        )
    return found


def _by_hitting_sets(formula: Formula) -> frozenset[int]:
    """Candidates that meet all correction sets known so far; first quick ones, then smallest ones."""
    known: list[frozenset[int]] = []
    with Cores(formula) as cores:
        while len(known) < MAX_SETS:
            candidate = _greedy(known)
            if cores.refuted(candidate):
                candidate = _smallest(known, candidate, len(formula.clauses))
                if cores.refuted(candidate):
                    return candidate
            known.append(cores.correction(candidate))
    raise Undecided(
        f"{MAX_SETS:,} correction sets did not settle the smallest core: pose smaller formulas"
    )


def _greedy(sets: list[frozenset[int]]) -> frozenset[int]:
    """A set that meets all sets: always the number that meets most of those that are left."""
    left, chosen = sets, set()
    while left:
        count: dict[int, int] = {}
        for one in left:
            for number in one:
                count[number] = count.get(number, 0) + 1
        best = max(sorted(count), key=count.__getitem__)
        chosen.add(best)
        left = [one for one in left if best not in one]
    return frozenset(chosen)


def _smallest(sets: list[frozenset[int]], start: Collection[int], count: int) -> frozenset[int]:
    """A smallest set that meets all sets, by MaxSAT: each number that is chosen costs 1."""
    clauses = [tuple(sorted(one)) for one in sets] + [(-number,) for number in range(1, count + 1)]
    weights = (None,) * len(sets) + (1,) * count
    model = tuple([number if number in start else -number for number in range(1, count + 1)])
    found = descend(Weighted(count, tuple(clauses), weights), model)
    assert found is not None
    return frozenset([literal for literal in found[1] if literal > 0])


def _by_optux(formula: Formula) -> frozenset[int]:
    if () in formula.clauses:  # which some releases cannot take
        return frozenset([formula.clauses.index(()) + 1])
    from pysat.examples.optux import OptUx
    from pysat.formula import WCNF

    wcnf = WCNF()
    for clause in formula.clauses:
        wcnf.append(list(clause), weight=1)
    with OptUx(wcnf, solver="g3", verbose=0) as optux:
        return frozenset(optux.compute())
