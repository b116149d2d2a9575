"""SATQuest's side of ``benchmarks/sat.py``, in an environment of its own, since it pins its solver.

Reads one JSON line for each measurement, ``[seconds, [[clauses, bits], ...]]``, and writes one with its
checks per second, ``[warm, cold]``: of a problem that was checked before, and of one just built.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

from satquest import CNF, Problem, create_problem


def main() -> None:
    for line in sys.stdin:
        seconds, pairs = json.loads(line)
        known = [(build(clauses), bits) for clauses, bits in pairs]
        assert all(problem.check(bits) for problem, bits in known)
        warm = rate(lambda: [problem.check(bits) for problem, bits in known], seconds)  # noqa: B023
        cold = rate(lambda: [build(clauses).check(bits) for clauses, bits in pairs], seconds)  # noqa: B023
        print(json.dumps([warm * len(pairs), cold * len(pairs)]), flush=True)


def build(clauses: list[list[int]]) -> Problem:
    return create_problem("SATSP", CNF(clauses=clauses))


def rate(work: Callable[[], object], seconds: float) -> float:
    """Calls per second."""
    done, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        work()
        done += 1
    return done / (time.perf_counter() - start)


if __name__ == "__main__":
    main()
