"""How fast tasks of the SAT families are posed and answers judged, with a plain check next to it.

    python benchmarks/sat_families.py

Each row of the table is a family with some knobs. "Posed" is whole tasks a second, "judged" is whole
``verify`` calls on references a second, from the text of the answer. Where a row names a plain check,
the same answers are judged by it in turn, and the ratio is what to look at: what one would write with
one incremental solver (MiniSat through PySAT), which has the parsed formula and does nothing else.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import verigym
from verigym.task import Task
from verigym.verifiers import dimacs
from verigym.verifiers.search import Solver

Check = Callable[[], bool]


def every_input(task: Task, answer: str) -> Check:
    """sat/encode: is it satisfiable under each assignment of the inputs, as the constraint says?"""
    clauses, inputs = dimacs.parse(answer).clauses, task.spec["inputs"]
    models = int(task.spec["models"], 16)
    rows = [
        ([v if row >> (v - 1) & 1 else -v for v in range(1, inputs + 1)], bool(models >> row & 1))
        for row in range(1 << inputs)
    ]

    def check() -> bool:
        with Solver(clauses) as solver:
            return all(solver.satisfiable(row) == right for row, right in rows)

    return check


def two_implications(task: Task, answer: str) -> Check:
    """sat/equivalent: does each formula imply each clause of the other?"""
    given, found = task.spec["formula"], dimacs.parse(answer).clauses
    return lambda: implies(given, found) and implies(found, given)


def two_searches(task: Task, answer: str) -> Check:
    """sat/interpolant: does A imply each clause, and do they exclude B?"""
    first, second, found = task.spec["first"], task.spec["second"], dimacs.parse(answer).clauses

    def check() -> bool:
        with Solver((*second, *found)) as solver:
            return implies(first, found) and not solver.satisfiable()

    return check


def every_literal(task: Task, answer: str) -> Check:
    """sat/backbone: is there a model with the negation of a literal, for each literal there is?"""
    clauses, listed = task.spec["clauses"], set(map(int, answer.split()[:-1]))
    literals = [sign * v for v in range(1, task.spec["variables"] + 1) for sign in (1, -1)]

    def check() -> bool:
        with Solver(clauses) as solver:
            return all(solver.satisfiable([-x]) == (x not in listed) for x in literals)

    return check


def every_model(task: Task, answer: str) -> Check:
    """sat/count: how many models are found when each is forbidden?"""
    clauses, variables = task.spec["clauses"], range(1, task.spec["variables"] + 1)
    shown = task.spec.get("shown", variables)

    def check() -> bool:
        count = 0
        with Solver(clauses, conflicts=10**9) as solver:
            while solver.satisfiable():
                model = set(solver.model)
                solver.add([-v if v in model else v for v in shown])
                count += 1
        return str(count) == answer

    return check


def implies(clauses: Sequence[Sequence[int]], consequences: Sequence[Sequence[int]]) -> bool:
    with Solver(clauses) as solver:
        return not any(solver.satisfiable([-x for x in clause]) for clause in consequences)


@dataclass(frozen=True)
class Row:
    """What to measure."""

    family: str
    knobs: dict[str, Any]
    plain: Callable[[Task, str], Check] | None = None

    @property
    def name(self) -> str:
        return f"{self.family} {', '.join(f'{key}={value}' for key, value in self.knobs.items())}"


ROWS = (
    Row("sat/encode", {"k": 8}, every_input),
    Row("sat/encode", {"k": 10}, every_input),
    Row("sat/encode", {"k": 14, "parts": 2}, every_input),
    Row("sat/equivalent", {"n": 8}, two_implications),
    Row("sat/equivalent", {"n": 12}, two_implications),
    Row("sat/equivalent", {"n": 16}, two_implications),
    Row("sat/equivalent", {"n": 30}, two_implications),
    Row("sat/interpolant", {"shared": 6, "local": 5}, two_searches),
    Row("sat/interpolant", {"shared": 8, "local": 8}, two_searches),
    Row("sat/backbone", {"n": 8, "hidden": 2}, every_literal),
    Row("sat/backbone", {"n": 20}, every_literal),
    Row("sat/backbone", {"n": 60}, every_literal),
    Row("sat/implicant", {"n": 8}),
    Row("sat/implicant", {"n": 20}),
    Row("sat/implicant", {"n": 60}),
    Row("sat/implicant", {"n": 10, "shortest": True}),
    Row("sat/implicant", {"n": 20, "shortest": True}),
    Row("sat/implicant", {"n": 30, "shortest": True}),
    Row("sat/count", {"n": 8}, every_model),
    Row("sat/count", {"n": 12}, every_model),
    Row("sat/count", {"n": 16}, every_model),
    Row("sat/count", {"n": 24}),
    Row("sat/count", {"n": 16, "project": 8}, every_model),
)


def main(argv: Sequence[str] | None = None) -> int:
    options = arguments().parse_args(argv)
    if options.quick:
        options.seconds, options.rounds, options.tasks = 0.01, 1, 2
    rows = [row for row in ROWS if row.family.startswith(options.only)]
    results = {
        "python": sys.version.split()[0],
        "verigym": verigym.__version__,
        "rows": [measure(row, options) for row in rows],
    }
    print(json.dumps(results, indent=2) if options.json else report(results))
    return 0


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--only", default="sat/", help="families whose name begins so (sat/)")
    parser.add_argument("--seconds", type=float, default=0.5, help="time for each measurement (0.5)")
    parser.add_argument("--rounds", type=int, default=5, help="measurements of each kind (5)")
    parser.add_argument("--tasks", type=int, default=20, help="tasks of each row (20)")
    parser.add_argument(
        "--quick", action="store_true", help="tiny counts: shows that it runs, no figures"
    )
    return parser


def measure(row: Row, options: argparse.Namespace) -> dict[str, Any]:
    print(row.name, file=sys.stderr, flush=True)
    family = verigym.family(row.family, **row.knobs)
    start = time.perf_counter()
    tasks = family.tasks("test", options.tasks)
    posed = len(tasks) / (time.perf_counter() - start)
    pairs = [(task, family.reference(task)) for task in tasks]
    ours: list[Check] = [lambda pair=pair: verigym.verify(*pair).correct for pair in pairs]  # type: ignore[misc]
    plain = [row.plain(*pair) for pair in pairs] if row.plain else []
    rates: dict[str, list[float]] = {"judged": [], "plain": []}
    for _ in range(options.rounds):
        rates["judged"].append(rate(ours, options.seconds))
        if plain:
            rates["plain"].append(rate(plain, options.seconds))
    found: dict[str, Any] = {"row": row.name, "posed": posed, "judged": max(rates["judged"])}
    if plain:
        found["plain"] = max(rates["plain"])
        found["ratio"] = found["judged"] / found["plain"]
    return found


def rate(checks: Sequence[Check], seconds: float) -> float:
    """Checks per second; every one of them must succeed."""
    done, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        for check in checks:
            if not check():
                raise SystemExit("a reference was refused")
        done += len(checks)
    return done / (time.perf_counter() - start)


def report(results: dict[str, Any]) -> str:
    lines = [
        f"Python {results['python']}, verigym {results['verigym']}, on one core",
        "",
        f"{'per second':<44} {'posed':>8} {'judged':>10} {'plain':>10} {'ratio':>8}",
    ]
    for row in results["rows"]:
        line = f"{row['row']:<44} {row['posed']:>8,.0f} {row['judged']:>10,.0f}"
        if "plain" in row:
            line += f" {row['plain']:>10,.0f} {row['ratio']:>7.1f}x"
        lines.append(line)
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
