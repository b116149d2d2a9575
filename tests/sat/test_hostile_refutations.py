"""Hostile refutations end soon, in little memory, and earn nothing."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from formulas import pigeons, unsatisfiable

import verigym
from verigym import Status, Task, Verdict
from verigym.verifiers.cnf import Formula

SECONDS = 30
"""Far more than any of these takes on an idle machine (the longest some 3), far less than unbounded."""


def task_of(formula: Formula) -> Task:
    spec = {"variables": formula.variables, "clauses": formula.clauses}
    return Task(family="sat/decide", prompt="p", spec=spec)


HARD = task_of(pigeons(6))  # 42 variables; needs some thousand lemmas
M = len(HARD.spec["clauses"])


@contextmanager
def bounded() -> Iterator[None]:
    """Fail when the block takes too long."""
    start = time.perf_counter()
    yield
    assert time.perf_counter() - start < SECONDS


ENORMOUS: dict[str, Callable[[], str]] = {
    "10 MB of clauses": lambda: "1 2 3 0\n" * 1_300_000,
    "4 MB of true steps": lambda: "1 -1 0\n" * 500_000,
    "4 MB of RAT steps": lambda: "".join(f"{v} 1 0\n" for v in range(43, 10_043)) * 40,
    "the same pair again and again": lambda: "1 -1 2 0\n" * 99_000,
    "one wide clause": lambda: " ".join(map(str, range(1, 10_043))) + " 0\n0",
    "wide clauses": lambda: (" ".join(map(str, range(1, 10_043))) + " -1 0\n") * 70,
    "one literal a million times": lambda: "1 " * 1_000_000 + "0",
    "a tautology of all literals": lambda: " ".join(f"{v} -{v}" for v in range(1, 43)) + " 0\n0",
    "only deletions": lambda: "d 1 2 0\n" * 400_000,
    "only blank lines": lambda: "\n" * 3_000_000 + "0",
    "one number": lambda: "1" * 3_900_000 + " 0",
    "a million hints": lambda: f"{M + 1} 1 0 " + "1 " * 1_000_000 + "0",
    "a million negated hints": lambda: f"{M + 1} 1 0 " + "-1 " * 1_000_000 + "0",
    "a million ids deleted": lambda: f"{M} d " + "1 " * 1_000_000 + "0",
    "LRAT deletions without end": lambda: f"{M} d 0\n" * 500_000,
    "LRAT tautologies": lambda: "".join(f"{i} 1 -1 0 0\n" for i in range(M + 1, M + 99_000)),
    "LRAT definitions": lambda: "".join(
        f"{i} {43 + i % 10_000} 0 0\n" for i in range(M + 1, M + 99_000)
    ),
}


@pytest.mark.parametrize("name", ENORMOUS)
def test_enormous_refutations(name: str) -> None:
    text = ENORMOUS[name]()
    with bounded():
        verdict = verigym.verify(HARD, text)
    assert verdict.reward == 0.0
    assert verdict.status in (Status.MALFORMED, Status.WRONG, Status.BUDGET)
    assert len(verdict.feedback) < 300


@pytest.mark.parametrize(
    "name", ["wide clauses", "one literal a million times", "a million hints", "LRAT definitions"]
)
def test_enormous_refutations_take_bounded_memory(name: str) -> None:
    """In a process of its own, all of it together, the interpreter included."""
    code = (
        f"import test_hostile_refutations as t\ntext = t.ENORMOUS[{name!r}]()\n"
        "assert t.verigym.verify(t.HARD, text).reward == 0.0\n"
        # Not getrusage, which begins with what the process was before it became this interpreter.
        "print(open('/proc/self/status').read().partition('VmHWM:')[2].split()[0])"
    )
    here = Path(__file__).parent
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=here, capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 400 * 1024


def test_rat_steps_with_many_partners_run_into_the_budget() -> None:
    """Each of these asks for thousands of resolvents, all of which hold."""
    n = 200
    formula = Formula.of(n, [(-1, v, w) for v in range(2, n) for w in range(v + 1, n)])
    task = task_of(formula)
    text = "".join(f"1 -{v} -{w} 0\n" for v in range(2, n) for w in range(2, n) if v != w)
    with bounded():
        verdict = verigym.verify(task, text)
    assert (verdict.reward, verdict.status) in ((0.0, Status.BUDGET), (0.0, Status.WRONG))
    assert verdict.evidence["steps"] <= 10_000_000


def test_the_same_text_costs_the_same_steps() -> None:
    text = "".join(f"{v} 1 -2 0\n" for v in range(43, 343))
    first = verigym.verify(HARD, text).evidence
    again = verigym.verify(HARD, text).evidence
    assert first["steps"] == again["steps"] > 300
    assert first["rat"] == again["rat"] == 300


MALFORMED = {
    "binary DRAT": "a\x02\x04\x00a\x03\x00a\x00",
    "binary DRAT without letters": "\x02\x04\x00",
    "a variable of 2^31": "2147483648 0\n0",
    "a variable of -2^31": "-2147483648 1 0\n0",
    "a variable just beyond": "10043 1 0\n0",
    "a huge number": "9" * 5_000 + " 0\n0",
    "unicode digits": "\u0661 0\n0",
    "full-width digits": "\uff11 0\n0",
    "a Unicode minus": "\u22121 0\n0",
    "a line separator": "1 0\u20280",
    "a vertical tab": "1\x0b2 0\n0",
    "a plus": "+1 0\n0",
    "a leading zero": "01 0\n0",
    "a negated zero": "-0 0\n0",
    "an underscore": "1_0 0\n0",
    "a hexadecimal number": "0x1 0\n0",
    "a fraction": "1.0 0\n0",
    "a comment": "c 1 0\n0",
    "text after the end": "1 -1 0\n0\n0",
    "an old id": f"{M} 1 -1 0 0\n{M + 1} 0 1 0",
    "the same id twice": f"{M + 1} 1 -1 0 0\n{M + 1} 0 1 0",
    "ids that count down": f"{M + 2} 1 -1 0 0\n{M + 1} 0 1 0",
    "an id beyond all": f"{10**9} 0 1 0",
    "a hint beyond all": f"{M + 1} 0 {10**9} 0",
    "DRAT within LRAT": f"{M + 1} 1 -1 0 0\n1 0\n0",
    "LRAT within DRAT": f"1 -1 0\n{M + 1} 0 1 0",
}
WRONG = {
    "a wrong pivot": "1 43 0\n0",
    "a tautology, then nothing": "1 -1 0\n0",
    "a repeated literal": "1 1 1 0\n0",
    "a definition, then the empty clause": "43 1 0\n-43 -1 0\n0",
    "its own id as a hint": f"{M + 1} 0 {M + 1} 0",
    "a later id as a hint": f"{M + 1} 1 0 {M + 2} 0\n{M + 2} -1 0 {M + 1} 0\n{M + 3} 0 {M + 1} {M + 2} 0",
    "no hints": f"{M + 1} 0 0",
    "a negated hint for the empty clause": f"{M + 1} 0 -1 0",
    "a clause that is not there deleted": f"{M} d {M + 5} 0\n{M + 1} 0 1 0",
    "all clauses deleted": f"{M} d {' '.join(map(str, range(1, M + 1)))} 0\n{M + 1} 1 0 0\n{M + 2} -1 0 0",
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_refutations(name: str) -> None:
    verdict = judged(MALFORMED[name])
    assert (verdict.status, verdict.reward) == (Status.MALFORMED, 0.0)
    assert len(verdict.feedback) < 300
    assert verdict.feedback.isascii()


@pytest.mark.parametrize("name", WRONG)
def test_wrong_refutations(name: str) -> None:
    verdict = judged(WRONG[name])
    assert (verdict.status, verdict.reward) == (Status.WRONG, 0.0)


def judged(text: str) -> Verdict:
    with bounded():
        return verigym.verify(HARD, text)


def test_steps_that_make_a_satisfiable_formula_unsatisfiable_are_refused() -> None:
    """RAT keeps at least one model, so no order of steps may lose the last one."""
    for formula in unsatisfiable(7, 6):
        satisfiable = Formula.of(7, formula.clauses[:20])
        for pivot in (1, -1, 4, -7):
            units = f"{pivot} 0\n{-pivot} 0\n0"
            assert verigym.verify(task_of(satisfiable), units).reward == 0.0
