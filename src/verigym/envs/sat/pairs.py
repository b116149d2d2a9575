"""Pairs of formulas without a common model, and what they allow of the variables that they share.

Pairs are drawn at random, or cut out of the clauses of one unsatisfiable formula.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from verigym.envs.sat.separate import separating
from verigym.envs.sat.shapes.scramble import shuffled
from verigym.verifiers.cnf import Formula
from verigym.verifiers.projection import projection
from verigym.verifiers.truth import table

SPARSE = 8
"""A allows at least one in so many assignments of the shared variables, else guesses follow from it."""
MIN_ROWS = 4
"""Fewest assignments of the shared variables that B allows."""
CLAUSE_LENGTH = 3
MAX_SHARED = 10
"""Most variables that a pair shares."""
MAX_CUTS = 60
"""Cuts of one formula that are looked at."""

Clause = tuple[int, ...]


@dataclass(frozen=True)
class Pair:
    """Two formulas without a common model, and what they allow of the shared variables."""

    variables: int
    shared: tuple[int, ...]
    first: Formula
    second: Formula
    a: int
    """The assignments of the shared variables that extend to a model of the first, as rows."""
    b: int

    @property
    def interpolant(self) -> Formula:
        """A small one; the same for the same pair."""
        found = separating(len(self.shared), self.a, self.b)
        clauses = [[named(x, self.shared) for x in clause] for clause in found]
        return Formula.of(self.variables, clauses)


def draw_pair(rng: random.Random, shared: int, local: int, ratio: float) -> Pair | None:
    """A random pair, or None where A is left with too little or B cannot be finished.

    A is random 3-SAT over its own and the shared variables, with ``ratio`` clauses for each. B grows by
    one random clause after the other until the two have no model in common.
    """
    n, size = shared + 2 * local, shared + local
    names = shuffled(rng, range(1, n + 1))
    both = tuple(sorted(names[:shared]))
    own = [names[shared + i * local :][:local] for i in range(2)]
    first = _Side((*both, *own[0]), shared)
    for _ in range(round(ratio * size)):
        first.add(_clause(rng, size))
    a = first.allowed()
    everything, count = 1 << shared, a.bit_count()
    if not everything / SPARSE <= count <= everything - MIN_ROWS:
        return None
    second = _Side((*both, *own[1]), shared)
    while (b := second.allowed()) & a:
        second.add(_clause(rng, size))
    if b.bit_count() < MIN_ROWS:
        return None
    return Pair(n, both, first.formula(n), second.formula(n), a, b)


def cut_pairs(formula: Formula) -> Iterator[Pair]:
    """The pairs into which an unsatisfiable formula can be cut between two of its clauses.

    The first part is A. Of the cuts that share at most :data:`MAX_SHARED` variables the
    :data:`MAX_CUTS` most even ones are looked at; each part must allow :data:`MIN_ROWS` or more
    assignments of these.

    Raises:
        search.OutOfBudget: when telling what a part allows takes too much search.
        SandboxError: when a solver is needed for that and no worker can be had.

    """
    m = len(formula.clauses)
    first_use: dict[int, int] = {}
    last_use: dict[int, int] = {}
    for i, clause in enumerate(formula.clauses):
        for literal in clause:
            first_use.setdefault(abs(literal), i)
            last_use[abs(literal)] = i
    change = [0] * (m + 1)  # in the number of variables that a cut before clause i would share
    for v, i in first_use.items():
        change[i + 1] += 1
        change[min(last_use[v] + 1, m)] -= 1
    cuts = [i for i, count in enumerate(accumulate(change)) if 0 < i < m and 2 <= count <= MAX_SHARED]
    for i in sorted(cuts, key=lambda i: (abs(2 * i - m), i))[:MAX_CUTS]:
        shared = tuple(sorted(v for v, use in first_use.items() if use < i <= last_use[v]))
        first = Formula(formula.variables, formula.clauses[:i])
        second = Formula(formula.variables, formula.clauses[i:])
        a, b = _allowed(first, shared), _allowed(second, shared)
        if min(a.bit_count(), b.bit_count()) >= MIN_ROWS and not a & b:
            yield Pair(formula.variables, shared, first, second, a, b)


def _allowed(formula: Formula, shared: Sequence[int]) -> int:
    """The assignments of the shared variables that extend to a model."""
    others = [v for v in range(1, formula.variables + 1) if v not in set(shared)]
    number = {v: i for i, v in enumerate([*shared, *others], 1)}
    clauses = [[number[x] if x > 0 else -number[-x] for x in clause] for clause in formula.clauses]
    return projection(Formula.of(formula.variables, clauses), len(shared))


class _Side:
    """One of the two formulas in the making, with its truth table: the shared variables first."""

    def __init__(self, names: Sequence[int], shared: int) -> None:
        self.names = names
        self.shared = shared
        self.rows = table(len(names))
        self.models = self.rows.all
        self.clauses: dict[Clause, None] = {}

    def add(self, clause: Clause) -> None:
        """A clause over the positions of its variables."""
        self.clauses[clause] = None
        self.models &= ~self.rows.falsified(clause)

    def allowed(self) -> int:
        """The assignments of the shared variables that extend to a model."""
        some = self.rows.project(self.models, range(1, self.shared + 1))
        return some & ((1 << (1 << self.shared)) - 1)  # those rows in which the others are false

    def formula(self, variables: int) -> Formula:
        clauses = [sorted((named(x, self.names) for x in c), key=abs) for c in self.clauses]
        return Formula.of(variables, clauses)


def named(literal: int, names: Sequence[int]) -> int:
    """A literal over positions, as one over the variables that stand there."""
    return names[literal - 1] if literal > 0 else -names[-literal - 1]


def _clause(rng: random.Random, variables: int) -> Clause:
    bits, draw = variables.bit_length(), rng.getrandbits  # as randrange does it, without its calls
    chosen: set[int] = set()
    while len(chosen) < CLAUSE_LENGTH:
        drawn = draw(bits)
        if drawn < variables:
            chosen.add(1 + drawn)
    return tuple([v if draw(1) else -v for v in sorted(chosen)])
