"""Which inputs extend to a model: the projection of a formula, for all inputs at once.

The inputs are variables 1 to ``k``; a set of their assignments is an int of ``2**k`` bits, as in
:mod:`verigym.verifiers.truth`. For each other variable two such sets say where it is true and where it
is false, so one pass over a clause propagates it for every input at the same time. Encodings of the
usual kinds are decided by that alone, or by giving what stays open one constant phase; the rest is
split, as Davis, Logemann and Loveland (1962) do, still for all inputs together.

Everything is counted, so the limit is the same on every machine. Inputs that stay undecided within it
go to a solver in a worker process (:mod:`verigym.verifiers.search`), which has a limit of its own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any

from verigym.verifiers import search
from verigym.verifiers.cnf import Formula
from verigym.verifiers.truth import Table, table

MAX_INPUTS = 14
STEPS = 300_000
"""Most work, in literals visited, weighted by how long their sets are: a third of a second or so.
References with 14 inputs take up to a thirtieth of that."""
DEPTH = 200
"""Most splits within each other."""
CONFLICTS = 20_000
"""What the solver may spend on the inputs that are left, all together."""

Clause = tuple[int, ...]


def projection(formula: Formula, inputs: int, steps: int = STEPS) -> int:
    """The assignments of variables 1 to ``inputs`` that some model of the formula extends.

    Raises:
        ValueError: for more than :data:`MAX_INPUTS` inputs.
        search.OutOfBudget: when neither the steps nor the solver's conflicts suffice.
        SandboxError: when a solver is needed and no worker can be had.

    """
    if not 0 <= inputs <= MAX_INPUTS:
        raise ValueError(f"{inputs} inputs; at most {MAX_INPUTS} are possible")
    clauses = [tuple(dict.fromkeys(clause)) for clause in formula.clauses]
    clauses = [c for c in dict.fromkeys(clauses) if not any(-literal in c for literal in c)]
    if () in clauses:
        return 0
    rows = _Rows(clauses, inputs, steps)
    found = rows.solve({}, rows.table.all, 0)
    if rows.undecided:
        left = [row[:inputs] for row in rows.table.assignments(rows.undecided & ~found)]
        found |= _by_solver(clauses, inputs, left)
    return found


def extended(payload: dict[str, Any]) -> list[bool]:
    """In a worker: for each list of literals whether a model of the clauses extends it."""
    with search.Solver(payload["clauses"], conflicts=payload["conflicts"]) as solver:
        return [solver.satisfiable(literals) for literals in payload["inputs"]]


def _by_solver(clauses: Sequence[Clause], inputs: int, left: Sequence[Clause]) -> int:
    payload = {"clauses": clauses, "inputs": left, "conflicts": CONFLICTS}
    answers = search.run("verigym.verifiers.projection:extended", payload)
    found = 0
    for literals, answer in zip(left, answers, strict=True):
        if answer:
            found |= 1 << sum(1 << (literal - 1) for literal in literals if literal > 0)
    return found


State = dict[int, int]
"""For each literal of a variable that is no input: the rows in which it is true (absent: none)."""


class _Rows:
    """All assignments of the inputs, decided together."""

    def __init__(self, clauses: Sequence[Clause], inputs: int, steps: int) -> None:
        self.clauses = clauses
        self.inputs = inputs
        self.table: Table = table(inputs)
        self.steps = steps
        self.undecided = 0
        """Rows that were given up."""
        self.cost = 1 + (self.table.rows >> 13)
        self.holds: dict[int, list[int]] = {}
        """For each literal that is no input's: the clauses that hold it."""
        for i, clause in enumerate(clauses):
            for literal in clause:
                if abs(literal) > inputs:
                    self.holds.setdefault(literal, []).append(i)
        variables = sorted({abs(literal) for literal in self.holds})
        self.phases = (
            [-v for v in variables],
            variables,
            [v if len(self.holds.get(v, ())) > len(self.holds.get(-v, ())) else -v for v in variables],
        )

    def solve(self, true: State, rows: int, depth: int, touched: Iterable[int] | None = None) -> int:
        """The rows among ``rows`` that have a model in which ``true`` holds.

        ``touched`` are the clauses that may have something to propagate; by default all of them.
        """
        rows = self.propagate(true, rows, range(len(self.clauses)) if touched is None else touched)
        done = 0
        for phase in self.phases:
            if rows & ~done:
                done |= self.satisfied(true, rows & ~done, phase)
        rest = rows & ~done
        if not rest:
            return done
        literal, open_ = self.choose(true, rest)
        if self.steps < 0 or depth >= DEPTH:
            self.undecided |= rest
            return done
        found = self.split(true, rest, literal, open_, depth)
        other = open_ & ~found
        if other:
            found |= self.split(true, other, -literal, other, depth)
        return done | found

    def split(self, true: State, rows: int, literal: int, where: int, depth: int) -> int:
        """:meth:`solve` where the literal is made true in some of the rows."""
        state = dict(true)
        state[literal] = state.get(literal, 0) | where
        return self.solve(state, rows, depth + 1, self.holds.get(-literal, ()))

    def choose(self, true: State, rows: int) -> tuple[int, int]:
        """A literal of the variable that is open in most of the rows, and where it is."""
        best, chosen, where = 0, 0, 0
        for literal in self.phases[2]:
            open_ = rows & ~(true.get(literal, 0) | true.get(-literal, 0))
            count = open_.bit_count()
            if count > best:
                best, chosen, where = count, literal, open_
        self.steps -= self.cost * len(self.phases[2])
        return chosen, where

    def propagate(self, true: State, rows: int, touched: Iterable[int]) -> int:
        """Unit propagation in all rows until nothing moves; the rows without a conflict."""
        queue = deque(touched)
        waiting = set(queue)
        where = self.table.where
        while queue and rows and self.steps >= 0:
            i = queue.popleft()
            waiting.discard(i)
            clause = self.clauses[i]
            self.steps -= self.cost * len(clause)
            # Rows in which all literals so far are false, and in which all but one (by literal) are.
            none = rows
            units: list[tuple[int, int]] = []
            for literal in clause:
                if abs(literal) <= self.inputs:
                    false = where(-literal)
                    units = [(u, r & false) for u, r in units if r & false]
                else:
                    false = true.get(-literal, 0)
                    open_ = none & ~false & ~true.get(literal, 0)
                    units = [(u, r & false) for u, r in units if r & false]
                    if open_:
                        units.append((literal, open_))
                none &= false
                if not none and not units:
                    break
            rows &= ~none
            for literal, where_unit in units:
                true[literal] = true.get(literal, 0) | where_unit
                for j in self.holds.get(-literal, ()):
                    if j not in waiting:
                        waiting.add(j)
                        queue.append(j)
        return rows

    def satisfied(self, true: State, rows: int, phase: Iterable[int]) -> int:
        """The rows that satisfy every clause when each open variable is given this phase."""
        chosen = {}
        for literal in phase:
            positive = rows & ~true.get(-literal, 0)
            chosen[literal], chosen[-literal] = positive, rows & ~positive
        where = self.table.where
        for clause in self.clauses:
            self.steps -= self.cost * len(clause)
            some = 0
            for literal in clause:
                some |= where(literal) if abs(literal) <= self.inputs else chosen[literal]
            rows &= some
            if not rows:
                break
        return rows
