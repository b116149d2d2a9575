"""Counting the models of a formula, exactly, by two methods that share nothing and must agree.

*Search* branches on variables, propagates units, splits what is left into parts without common
variables, whose counts multiply, and remembers the count of every part that it has seen (R. Bayardo and
J. Pehoushek, "Counting Models Using Connected Components", AAAI 2000; caching: T. Sang et al.,
"Combining Component Caching and Clause Learning for Effective Model Counting", SAT 2004). For a
projected count it branches on the variables that are shown before all others, and a part that has none
of them counts 1 or 0 (R. Aziz et al., "#∃SAT: Projected Model Counting", SAT 2015).

*Exhaustion* looks at every assignment, tens of thousands of them at a time as the bits of one int.
Where there are too many variables for that, a solver lists the models one by one, if they are few.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache

from verigym.envs.sat.solver import Undecided, solve_within
from verigym.envs.sat.units import Clause, propagate
from verigym.errors import VerigymError
from verigym.verifiers.cnf import Formula
from verigym.verifiers.truth import table

WORK = 500_000
"""Clauses that the search may look at, branch by branch, some seconds. With ratio 2 random 3-SAT takes
1,000 with 20 variables and 5,000 with 28, and up to five times as many when projected."""
MAX_OPEN = 300
"""Most variables that unit propagation may leave open, which bounds how deep the search goes."""
EXHAUSTED = 28
"""Most variables of which all assignments are looked at."""
TOGETHER = 15
"""Of how many variables all assignments are the bits of one int."""
LISTED = 1_000
"""Most models that are listed one by one."""
CONFLICTS = 20_000
"""Most conflicts that the next model may take."""


@lru_cache(maxsize=64)
def count_models(formula: Formula, shown: tuple[int, ...] | None = None) -> int:
    """How many models there are; how many assignments of the variables ``shown`` extend to one, if
    given.

    Raises:
        Undecided: when it is too hard for the limits above, or only one of the methods can count it.
        VerigymError: when the two methods disagree.

    """
    shown = tuple(range(1, formula.variables + 1)) if shown is None else shown
    occurring = {abs(literal) for clause in formula.clauses for literal in clause}
    kept = tuple([v for v in shown if v in occurring])
    found = search(formula.clauses, kept)
    if len(occurring) <= EXHAUSTED:
        again = exhaust(formula.clauses, kept)
    elif found <= LISTED:
        again = list_models(formula.clauses, kept)
    else:
        raise Undecided(
            f"more than {EXHAUSTED} of its variables occur and it has more than {LISTED:,} models: no "
            "second method can confirm how many; pose smaller formulas"
        )
    if found != again:
        raise VerigymError(f"two ways of counting the same models disagree: {found} and {again}")
    return found << (len(shown) - len(kept))


def search(clauses: Sequence[Clause], shown: Iterable[int], work: int = WORK) -> int:
    """The count over the variables ``shown``, all of which occur, by branching.

    Raises:
        Undecided: when it takes more work, or begins with more than :data:`MAX_OPEN` open variables.

    """
    return _Search(frozenset(shown), work).count(clauses)


class _Search:
    def __init__(self, shown: frozenset[int], work: int) -> None:
        self.shown = shown
        self.work = work
        self.seen: dict[frozenset[Clause], int] = {}

    def count(self, clauses: Sequence[Clause]) -> int:
        occurring = {abs(literal) for clause in clauses for literal in clause}
        result = propagate(clauses)
        if result is not None and len(_variables(result[1])) > MAX_OPEN:
            raise Undecided(
                f"unit propagation leaves more than {MAX_OPEN} variables open: too many to count "
                "models; pose smaller formulas"
            )
        return self.extensions(occurring, result)

    def extensions(self, before: set[int], result: tuple[set[int], list[Clause]] | None) -> int:
        """The count over the variables ``before`` that are shown, given what propagation left."""
        if result is None:
            return 0
        forced, left = result
        free = before & self.shown - _variables(left) - set(map(abs, forced))
        total = 1 << len(free)
        for part in _parts(left):
            total *= self.part(part)
            if not total:
                break
        return total

    def part(self, clauses: list[Clause]) -> int:
        """The count of one part, over those of its variables that are shown."""
        key = frozenset(clauses)
        known = self.seen.get(key)
        if known is not None:
            return known
        self.work -= len(clauses)
        if self.work < 0:
            raise Undecided("counting its models takes too many branches: pose smaller formulas")
        variables = _variables(clauses)
        shown = variables & self.shown
        times = Counter(abs(literal) for clause in clauses for literal in clause)
        v = min(shown or variables, key=lambda v: (-times[v], v))
        rest = variables - {v}
        total = 0
        for literal in (v, -v):
            total += self.extensions(rest, propagate(clauses, [literal]))
            if total and not shown:
                break
        self.seen[key] = total if shown else min(total, 1)
        return self.seen[key]


def _variables(clauses: Iterable[Clause]) -> set[int]:
    return {abs(literal) for clause in clauses for literal in clause}


def _parts(clauses: Iterable[Clause]) -> list[list[Clause]]:
    """The clauses in groups without common variables."""
    groups: list[tuple[set[int], list[Clause]]] = []
    for clause in clauses:
        variables, members = set(map(abs, clause)), [clause]
        apart = []
        for group in groups:
            if group[0].isdisjoint(variables):
                apart.append(group)
            else:
                variables |= group[0]
                members += group[1]
        groups = [*apart, (variables, members)]
    return [members for _, members in groups]


def exhaust(clauses: Iterable[Clause], shown: Iterable[int]) -> int:
    """The count over the variables ``shown``, all of which occur, by looking at every assignment.

    The last variables, those that are not shown among them, are the rows of a truth table; the others
    are set one after the other.
    """
    clauses = list(clauses)
    first = sorted(set(shown))
    order = first + sorted(_variables(clauses) - set(first))
    split = max(0, len(order) - TOGETHER)
    rows = table(len(order) - split)
    number = {v: i + 1 - split for i, v in enumerate(order)}  # in the table from 1 up, outside below
    last = [number[v] for v in first if number[v] > 0]
    # By the variable that is the last to be set among those outside the table (0: none of them): the
    # literals outside, and the rows that satisfy the clause through those inside.
    due: list[list[tuple[set[int], int]]] = [[] for _ in range(split + 1)]
    for clause in clauses:
        outside = {literal for literal in clause if number[abs(literal)] <= 0}
        inside = [_signed(number[abs(x)], x) for x in clause if x not in outside]
        level = max((number[abs(x)] + split for x in outside), default=0)
        due[level].append((outside, rows.models([inside])))

    def below(level: int, found: int, true: set[int]) -> int:
        """Rows below a level where the variable is not shown; their number where it is."""
        for outside, satisfying in due[level]:
            if not outside & true:
                found &= satisfying
        if not found:
            return 0
        if level < split:
            v = order[level]
            below_true = below(level + 1, found, true | {v})
            below_false = below(level + 1, found, true | {-v})
            if level < len(first):
                return below_true + below_false
            found = below_true | below_false
        if level == min(split, len(first)):
            found = rows.project(found, last).bit_count() >> (rows.n - len(last))
        return found

    return below(0, rows.all, set())


def _signed(variable: int, literal: int) -> int:
    return variable if literal > 0 else -variable


def list_models(clauses: Sequence[Clause], shown: Sequence[int], most: int = LISTED) -> int:
    """The count over the variables ``shown`` by listing models, each forbidden once it is found.

    Raises:
        Undecided: when there are more than ``most``, or the solver takes too many conflicts.

    """
    if () in clauses:
        return 0
    from pysat.solvers import Glucose4  # here, since judging must not pay for loading it

    with Glucose4(bootstrap_with=clauses) as solver:
        for found in range(most + 1):
            if not solve_within(solver, CONFLICTS):
                return found
            model = set(solver.get_model() or ())
            solver.add_clause([-v if v in model else v for v in shown])
            if not shown:
                return 1
    raise Undecided(f"it has more than {most:,} models, too many to list: pose smaller formulas")
