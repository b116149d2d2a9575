"""Searches run apart, within their limits, and leave nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from formulas import pigeons, random_formula, unsatisfiable

from verigym.envs.sat.solver import find_model
from verigym.errors import SandboxError, VerigymError
from verigym.verifiers import search

HERE = Path(__file__).parent


def gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state == "Z"


def test_answers_are_those_of_another_solver() -> None:
    import random

    rng = random.Random(5)
    for _ in range(60):
        formula = random_formula(rng, 9, 38, 3)
        payload = {"clauses": formula.clauses, "conflicts": 1000}
        assert search.run("searched:satisfiable", payload) == (find_model(formula) is not None)
    (formula,) = unsatisfiable(20, 1)
    with search.Solver(formula.clauses) as solver:
        assert not solver.satisfiable()
    with search.Solver([(1, 2), (-1, 2)]) as solver:
        assert solver.satisfiable()
        assert 2 in solver.model
        assert not solver.satisfiable([-2])
        assert solver.core == [-2]
        solver.add(())
        assert not solver.satisfiable()


def test_a_worker_is_used_again() -> None:
    assert search.run("searched:pid", None) == search.run("searched:pid", None) != os.getpid()


def test_conflicts_are_counted_over_all_calls_and_the_same_each_time() -> None:
    clauses = pigeons(6).clauses
    payload = {"clauses": clauses, "conflicts": 50_000, "assumptions": [1, 2, 3, 8, 9]}
    left = search.run("searched:many", payload)
    assert left < 49_900
    assert search.run("searched:many", payload) == left
    with pytest.raises(search.OutOfBudget, match="conflicts"):
        search.run("searched:many", {**payload, "conflicts": 49_900 - left})
    with pytest.raises(search.OutOfBudget, match="conflicts"):
        search.run("searched:satisfiable", {"clauses": pigeons(10).clauses, "conflicts": 2000})


def test_cpu_seconds_and_memory_are_the_budget_too() -> None:
    with pytest.raises(search.OutOfBudget, match="CPU"):
        search.run("searched:burn", None, seconds=0.5)
    with pytest.raises(search.OutOfBudget, match="GiB of memory"):
        search.run("searched:hungry", 4 << 30)
    assert search.run("operator:neg", 1) == -1


def test_silence_and_death_are_abstentions(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SandboxError, match="exit code -6"):
        search.run("searched:crash", None)
    monkeypatch.setattr(search, "PATIENCE", -8.0)  # five seconds minus four
    pid = search.run("searched:pid", None, seconds=0.1)
    with pytest.raises(SandboxError, match="does not answer"):
        search.run("searched:sleep", 60, seconds=0.5)
    assert gone(pid)


def test_a_failure_is_told_and_output_does_not_garble_the_reply() -> None:
    with pytest.raises(VerigymError, match="operator:inv failed: TypeError"):
        search.run("operator:inv", 1.5)
    assert search.run("searched:chatty", None) == "done"


def test_threads_and_forks_do_not_mix_replies() -> None:
    found: dict[int, list[int]] = {}

    def ask(k: int) -> None:
        found[k] = [search.run("operator:neg", k) for _ in range(20)]

    threads = [threading.Thread(target=ask, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    child = os.fork()
    if not child:
        ok = all(search.run("operator:neg", 1000 + k) == -1000 - k for k in range(20))
        search._end()
        os._exit(0 if ok else 1)
    for thread in threads:
        thread.join()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert found == {k: [-k] * 20 for k in range(8)}
    assert len(search._idle) <= search.IDLE


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL, None])
def test_whatever_ends_us_no_worker_stays(end: signal.Signals | None) -> None:
    """Also in the middle of a search, which ends when its CPU seconds do."""
    code = (
        "from verigym.verifiers import search\n"
        "print(search.run('searched:pid', None), flush=True)\n"
        + ("search.run('searched:burn', None, seconds=1)\n" if end else "")
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code], cwd=HERE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        assert child.stdout is not None
        pid = int(child.stdout.readline())
        if end:
            time.sleep(0.2)
            child.send_signal(end)
        child.wait(timeout=20)
        deadline = time.monotonic() + 20
        while not gone(pid) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert gone(pid)
    finally:
        child.kill()
        child.wait()
