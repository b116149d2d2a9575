"""What ``sat.py`` measures of refutations: our check of them next to a straightforward one.

Both sides check the same minimised refutations of random 3-SAT near the threshold, in turn, several
times; the best rate of each counts. "Warm" is one of many answers to a task, whose formula is laid out
already, "cold" the first one. The other side (``plain_rup.py``) has no such thing and starts from the
clauses each time. "Verified" is the whole ``verify``, from the text of the answer.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import time
from collections.abc import Callable
from typing import Any

import plain_rup

import verigym
from verigym.verifiers import proof
from verigym.verifiers.cnf import Formula
from verigym.verifiers.propagation import Layout
from verigym.verifiers.sat import formula_of
from verigym.verifiers.sat_answers import Refutation, read_decision

SIZES = (10, 30, 50, 100)
TASKS = 12


def measure(n: int, options: argparse.Namespace) -> dict[str, Any]:
    """The rates of one size, and how large its refutations are."""
    cases = list(itertools.islice(_cases(n), min(options.tasks, TASKS)))
    sides: dict[str, Callable[[Any], bool]] = {
        "rate": lambda case: verigym.verify(case["task"], case["text"]).correct,
        "warm": lambda case: _refuted(case["layout"], case["lemmas"]),
        "cold": lambda case: _refuted(case["formula"], case["lemmas"]),
        "plain": lambda case: plain_rup.refutes(case["formula"].clauses, case["lemmas"]),
    }
    rates = dict.fromkeys(sides, 0.0)
    for _ in range(options.rounds):
        for side, check in sides.items():
            rates[side] = max(rates[side], _rate(check, cases, options.seconds))
    lemmas = [len(case["lemmas"]) for case in cases]
    return {
        "n": n,
        "lemmas_median": statistics.median(lemmas),
        "lemmas_max": max(lemmas),
        "characters_median": statistics.median(len(case["text"]) for case in cases),
        **rates,
        "ratio_warm": rates["warm"] / rates["plain"],
        "ratio_cold": rates["cold"] / rates["plain"],
    }


def report(rows: list[dict[str, Any]]) -> list[str]:
    """The table of all sizes."""
    lines = [
        "sat/decide: refutations per second verified   warm   cold   plain   ratio (cold)  lemmas (max)"
    ]
    for row in rows:
        ratio = f"{row['ratio_warm']:.1f}x ({row['ratio_cold']:.1f}x)"
        size = f"{row['lemmas_median']:,.0f} ({row['lemmas_max']:,})"
        lines.append(
            f"  n = {row['n']:<4} {row['rate']:>34,.0f} {row['warm']:>6,.0f} {row['cold']:>6,.0f} "
            f"{row['plain']:>7,.0f} {ratio:>14} {size:>14}"
        )
    return lines


def _cases(n: int) -> Any:
    family = verigym.family("sat/decide", n=n)
    for index in itertools.count():
        task = family.sample("test", index)
        text = family.reference(task)
        formula = formula_of(task)
        found = read_decision(text, formula.variables, len(formula.clauses))
        if isinstance(found, Refutation):
            layout = Layout(formula)
            yield {
                "task": task, "text": text, "formula": formula, "layout": layout, "lemmas": found.lemmas
            }  # fmt: skip


def _refuted(formula: Formula | Layout, lemmas: Any) -> bool:
    return proof.check(formula, lemmas).outcome is proof.Outcome.REFUTED


def _rate(check: Callable[[Any], bool], cases: list[Any], seconds: float) -> float:
    done, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        for case in cases:
            if not check(case):
                raise SystemExit(f"a reference was refused: {case['task'].id}")
        done += len(cases)
    return done / (time.perf_counter() - start)
