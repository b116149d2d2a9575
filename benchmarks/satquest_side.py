"""SATQuest's side of ``benchmarks/sat.py``, in an environment of its own, since it pins its solver.

Reads requests, one JSON line each, and answers each with one line:

* ``["check", kind, seconds, [[clauses, bits], ...]]``: checks per second, ``[warm, cold]``: of a
  problem that was checked before, and of one just built. ``kind`` is what SATQuest calls it
  (``"MUS"``, say);
* ``["generate", n, clauses, seconds]``: pairs of formulas per second, by the procedure of its script
  for making data sets, which is not in the package and is written anew here from its description:
  clauses of 2 literals or more, drawn into a set until there are enough, all again until they have no
  model; then all signs drawn anew until there is one.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable
from typing import Any

from pysat.solvers import Solver
from satquest import CNF, Problem, create_problem
from satquest.constants import SAT_SOLVER_NAME


def main() -> None:
    for line in sys.stdin:
        what, *request = json.loads(line)
        print(json.dumps((check if what == "check" else generate)(*request)), flush=True)


def check(kind: str, seconds: float, pairs: list[Any]) -> list[float]:
    known = [(build(kind, clauses), bits) for clauses, bits in pairs]
    assert all(problem.check(bits) for problem, bits in known)
    warm = rate(lambda: [problem.check(bits) for problem, bits in known], seconds)
    cold = rate(lambda: [build(kind, clauses).check(bits) for clauses, bits in pairs], seconds)
    return [warm * len(pairs), cold * len(pairs)]


def build(kind: str, clauses: list[list[int]]) -> Problem:
    return create_problem(kind, CNF(clauses=clauses))


def generate(n: int, clauses: int, seconds: float) -> float:
    return rate(lambda: pair(n, clauses), seconds)


def pair(n: int, count: int) -> tuple[list[list[int]], list[list[int]]]:
    unsatisfiable: list[list[int]] = []
    while has_model(unsatisfiable):
        drawn: set[tuple[int, ...]] = set()
        while len(drawn) < count:
            length = 2 if random.random() < 0.3 else 3
            while random.random() >= 0.7:
                length += 1
            variables = sorted(random.sample(range(1, n + 1), min(length, n)))
            drawn.add(tuple([v if random.random() < 0.5 else -v for v in variables]))
        unsatisfiable = [list(clause) for clause in drawn]
    satisfiable = unsatisfiable
    while not has_model(satisfiable):
        satisfiable = [[x if random.random() < 0.5 else -x for x in clause] for clause in satisfiable]
    return unsatisfiable, satisfiable


def has_model(clauses: list[list[int]]) -> bool:
    if not clauses:
        return True
    with Solver(name=SAT_SOLVER_NAME, bootstrap_with=clauses) as solver:
        return bool(solver.solve())


def rate(work: Callable[[], object], seconds: float) -> float:
    """Calls per second."""
    done, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        work()
        done += 1
    return done / (time.perf_counter() - start)


if __name__ == "__main__":
    main()
