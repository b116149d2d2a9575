"""Judging by properties, next to Hypothesis running the same properties in this process.

    python benchmarks/specs.py [--examples 100] [--rounds 5] [--only NAME ...]

Both sides judge the reference of the same specs by as many examples for each property. One is
Hypothesis in process: no containment, the answer imported beside its tests, examples generated anew.
The other is the verifier: the answer in a process of its own, the tests in another, each call asked
again in a third; first with the recorded examples of a task (`stored`), then with Hypothesis in the
test host (`live`), which generates them when an answer is judged. Counted is processor time, of all
processes of a side: what else runs on the machine costs both sides the same. The rounds of both sides
take turns; ratios are of the medians, above 1 where the verifier takes less.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
import types
from collections.abc import Callable
from dataclasses import replace

import hypothesis

from verigym.envs.spec.corpus import spec_task
from verigym.envs.spec.loading import Spec, read_specs
from verigym.envs.spec.templates import tests_of
from verigym.task import Task
from verigym.verifiers.properties import LIVE, PropertyVerifier, corpus_hash

KINDS = ("properties", "contracts", "metamorphic")


def in_process(spec: Spec, examples: int) -> list[Callable[[], None]]:
    """The spec's tests under Hypothesis, with its reference beside them."""
    solution = sys.modules["solution"] = types.ModuleType("solution")
    exec(compile(spec.reference, "solution.py", "exec"), solution.__dict__)
    tests = types.ModuleType("tests")
    exec(compile(tests_of(spec), "tests.py", "exec"), tests.__dict__)
    found = [test for name, test in vars(tests).items() if name.startswith("test")]
    settings = hypothesis.settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    for number, test in enumerate(found):
        test._hypothesis_internal_use_settings = settings
        hypothesis.seed(number)(test)
    return found


def live(task: Task) -> Task:
    """The task, judged by examples generated when it is."""
    spec = {**task.spec, "how": LIVE, "corpus": [], "corpus_sha256": corpus_hash([])}
    return replace(task, spec=spec, id="")


def timed(run: Callable[[], float]) -> float:
    """Milliseconds of processor time, with what the run says was spent elsewhere, in seconds."""
    start = time.process_time()
    elsewhere = run()
    return 1000 * (time.process_time() - start + elsewhere)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--examples", type=int, default=100, help="for each property (100)")
    parser.add_argument("--rounds", type=int, default=5, help="of each side (5)")
    parser.add_argument("--only", nargs="*", help="names of specs")
    chosen = parser.parse_args()
    judge = PropertyVerifier()
    totals = [0.0, 0.0, 0.0]
    print(f"{'spec':18} {'Hypothesis':>11} {'stored':>9} {'live':>9}   ms; ratios")
    for spec in [spec for kind in KINDS for spec in read_specs(None, kind)]:
        if chosen.only and spec.name not in chosen.only:
            continue
        task = spec_task(spec, 1, family=f"spec/{spec.kind}", examples=chosen.examples)
        tests = in_process(spec, chosen.examples)
        generated = live(task)
        sides: list[Callable[[], float]] = [
            lambda tests=tests: tested(tests),
            lambda task=task, spec=spec: judged(judge, task, spec),
            lambda task=generated, spec=spec: judged(judge, task, spec),
        ]
        for side in sides:
            side()
        rounds = [[timed(side) for side in sides] for _ in range(chosen.rounds)]
        plain, stored, generated = (statistics.median(side) for side in zip(*rounds, strict=True))
        totals = [sum(pair) for pair in zip(totals, (plain, stored, generated), strict=True)]
        row(spec.name, plain, stored, generated)
    row("all", *totals)


def tested(tests: list[Callable[[], None]]) -> float:
    """Run the tests here."""
    for test in tests:
        test()
    return 0.0


def judged(judge: PropertyVerifier, task: Task, spec: Spec) -> float:
    """Judge the reference; seconds of processor time in the sandbox."""
    verdict = judge.verify(task, spec.reference)
    assert verdict.correct, verdict
    return float(verdict.evidence["cpu_seconds"])


def row(name: str, plain: float, stored: float, generated: float) -> None:
    ratios = f"{plain / stored:.1f} {plain / generated:.2f}"
    print(f"{name:18} {plain:11.1f} {stored:9.1f} {generated:9.1f}   {ratios}", flush=True)


if __name__ == "__main__":
    main()
