"""SATQuest's problems, judged by both sides: a part of ``benchmarks/sat.py``.

Formulas are as SATQuest draws them (mixed lengths, four clauses for each variable); answers are right
ones, as the bit strings that it takes.
"""

from __future__ import annotations

import itertools
import json
import random
import time
from typing import Any

import verigym
from verigym import seeding
from verigym.envs.sat.solver import satisfiable
from verigym.envs.sat.texts import bits_text
from verigym.errors import FamilyError
from verigym.verifiers import subsets
from verigym.verifiers.cnf import Formula
from verigym.verifiers.maxsat import weighted_of
from verigym.verifiers.sat import formula_of

SIZES = (3, 16, 64, 150)
RATIO = 4
PROBLEMS = {"solve": "SATSP", "maxsat": "MaxSAT", "mcs": "MCS", "mus": "MUS"}
"""What a problem is called here and there."""


def measure(problem: str, n: int, options: Any, satquest: Any, rate: Any) -> dict[str, Any]:
    """Verdicts per second of both sides, in turn; the best of each counts."""
    count = min(options.tasks, 30 if n < 64 else 10 if n < 150 else 3)
    pairs = right_answers(problem, n, count)
    exchanged = [(task.spec["clauses"], answer) for task, answer in pairs]
    request = ["check", PROBLEMS[problem], options.seconds, exchanged]
    ours, theirs = [], []
    for _ in range(options.rounds):
        warm = rate(pairs, options.seconds)
        ours.append((warm, rate(pairs, options.seconds, before=forget)))
        if satquest is not None:
            theirs.append(ask(satquest, request))
    row: dict[str, Any] = {"n": n, "clauses": RATIO * n}
    row["warm"], row["cold"] = map(max, zip(*ours, strict=True))
    if theirs:
        row["satquest_warm"], row["satquest_cold"] = map(max, zip(*theirs, strict=True))
        for kind in ("warm", "cold"):
            row[f"ratio_{kind}"] = row[kind] / row[f"satquest_{kind}"]
    return row


def right_answers(problem: str, n: int, count: int) -> list[tuple[Any, str]]:
    """Tasks with their references as bits."""
    family: Any = verigym.family(f"sat/{problem}", shape="mixed", ratio=RATIO, n=n)
    found = []
    for index in itertools.count():
        rng = random.Random(seeding.derive("benchmark", n, index))
        formula = unsatisfiable(family.shape, rng, n)
        if problem == "solve":
            formula = resigned(rng, formula)
        if len({abs(x) for clause in formula.clauses for x in clause}) < n:
            continue  # SATQuest takes the variables that occur for all there are
        task = family.pose(formula, {"index": index})
        found.append((task, as_bits(problem, task, family.reference(task))))
        if len(found) == count:
            return found
    raise AssertionError("unreachable")


def as_bits(problem: str, task: Any, reference: str) -> str:
    numbers = {int(word) for word in reference.split()[:-1]}
    if problem in ("solve", "maxsat"):
        return bits_text(sorted(numbers, key=abs))
    return "".join("1" if i + 1 in numbers else "0" for i in range(len(task.spec["clauses"])))


def unsatisfiable(shape: Any, rng: random.Random, n: int) -> Formula:
    while True:
        formula: Formula = shape.build(rng, {"n": n, "ratio": RATIO})
        if not satisfiable(formula):
            return formula


def resigned(rng: random.Random, formula: Formula) -> Formula:
    """All signs drawn anew, until there is a model: SATQuest's satisfiable partner."""
    while True:
        clauses = [[x if rng.getrandbits(1) else -x for x in clause] for clause in formula.clauses]
        found = Formula.of(formula.variables, clauses)
        if satisfiable(found):
            return found


def forget() -> None:
    """As if no answer to a task had been judged before."""
    formula_of.cache_clear()
    weighted_of.cache_clear()
    subsets._falsified_cached.cache_clear()


def measure_generation(n: int, options: Any, satquest: Any) -> dict[str, Any]:
    """Pairs of an unsatisfiable formula and a satisfiable one of the same clause lengths, per second.

    Ours are those of ``sat/decide``: the partner differs in a sign, or in a few. No task is made of
    them on either side, so no prompt, and no optimum.
    """
    family: Any = verigym.family("sat/decide", shape="mixed", ratio=RATIO, n=n)
    ours: list[float] = []
    theirs: list[float] = []
    for turn in range(options.rounds):
        ours.append(pairs_rate(family.shape, n, turn, options.seconds))
        if satquest is not None:
            theirs.append(ask(satquest, ["generate", n, RATIO * n, options.seconds]))
    row: dict[str, Any] = {"n": n, "clauses": RATIO * n, "rate": max(ours)}
    if theirs:
        row |= {"satquest": max(theirs), "ratio": max(ours) / max(theirs)}
    return row


def pairs_rate(shape: Any, n: int, turn: int, seconds: float) -> float:
    done, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        rng = random.Random(seeding.derive("benchmark pairs", n, turn, done))
        while True:
            try:
                shape.twin(rng, unsatisfiable(shape, rng, n))
                break
            except FamilyError:  # no sign can change without repeating a clause: of few variables
                continue
        done += 1
    return done / (time.perf_counter() - start)


def ask(satquest: Any, request: list[Any]) -> Any:
    satquest.stdin.write(json.dumps(request) + "\n")
    satquest.stdin.flush()
    return json.loads(satquest.stdout.readline())


def report(results: dict[str, Any]) -> list[str]:
    """The lines of a table."""
    lines = []
    for problem in PROBLEMS:
        lines.append(f"{f'sat/{problem}: verdicts per second':<40} verigym    SATQuest       ratio")
        for row in results[problem]:
            for kind in ("warm", "cold"):
                line = f"  n = {row['n']:<4} {row['clauses']:>4} clauses, {kind} {row[kind]:>18,.0f}"
                if results["against"]:
                    line += f" {row[f'satquest_{kind}']:>11,.1f} {row[f'ratio_{kind}']:>10.1f}x"
                lines.append(line)
        lines.append("")
    lines.append(f"{'pairs of formulas per second':<40} verigym    SATQuest       ratio")
    for row in results["generation"]:
        line = f"  n = {row['n']:<4} {row['clauses']:>4} clauses {row['rate']:>24,.0f}"
        if results["against"]:
            line += f" {row['satquest']:>11,.0f} {row['ratio']:>10.1f}x"
        lines.append(line)
    return lines
