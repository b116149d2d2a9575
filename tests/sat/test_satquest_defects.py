"""What goes wrong in SATQuest 0.2.0 does not go wrong here: each defect found there, as a test."""

from __future__ import annotations

import itertools
import json
import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from weighted_formulas import task_of as maxsat_task

import verigym
from verigym import Status, Task
from verigym.errors import FamilyError, FormatError
from verigym.verifiers import dimacs
from verigym.verifiers.cnf import Formula
from verigym.verifiers.wcnf import Weighted

SQUARE = Formula(2, ((1, 2), (-1, 2), (1, -2), (-1, -2)))
BLAME = Formula(2, ((1, 2), (-1,), (-2,), (1,), (2,)))


def sets_task(name: str, formula: Formula) -> Task:
    spec = {"variables": formula.variables, "clauses": formula.clauses, "subset": name[4:]}
    size = max(len(formula.clauses), 1)
    return Task(family=name, prompt="p", spec={**spec, "smallest": False, "target": 1, "floor": size})


def solve_task(formula: Formula) -> Task:
    spec = {"variables": formula.variables, "clauses": formula.clauses, "baseline": 0}
    return Task(family="sat/solve", prompt="p", spec=spec)


@pytest.mark.parametrize("answer", ["1111101", "Answer: 10101", "step 101", "101 0", "0101", "10"])
def test_a_text_that_holds_the_answer_is_not_the_answer(answer: str) -> None:
    """There a window slides over the text: of "Answer: 111111010" the last three bits are judged."""
    formula = Formula(3, ((1,), (-2,), (3,)))
    for task in (
        solve_task(formula),
        maxsat_task(Weighted(3, formula.clauses, (1, 1, 1)), optimum=0, baseline=2),
    ):
        assert verigym.verify(task, "101").correct
        verdict = verigym.verify(task, answer)
        assert (verdict.status, verdict.reward) == (Status.MALFORMED, 0.0)
    sets = sets_task("sat/mus", BLAME)
    assert verigym.verify(sets, "01010").correct
    assert verigym.verify(sets, "1101010").status is Status.MALFORMED


def test_a_list_may_have_separators_and_bits_may_not() -> None:
    """There "0, 1, 0" and "0 1 0" are refused, although a count of 64 bits is what goes wrong most."""
    formula = Formula(3, ((-1,), (2,), (-3,)))
    for answer in ("010", "-1 2 -3", "-1 2 -3 0", "-1\n2\n-3"):
        assert verigym.verify(solve_task(formula), answer).correct
    for answer in ("0, 1, 0", "0 1 0", "0;1;0", "0-1-0"):
        verdict = verigym.verify(solve_task(formula), answer)
        assert verdict.status is Status.MALFORMED
        assert verdict.feedback


def test_the_header_says_how_many_variables_there_are(tmp_path: Path) -> None:
    """There the largest literal does, so the prompt asks for fewer values than the formula has."""
    text = "p cnf 5 4\n1 2 0\n-1 2 0\n1 -2 0\n-1 -2 0\n"
    assert dimacs.parse(text).variables == 5
    (tmp_path / "a.cnf").write_text(text)
    family = verigym.family("sat/maxsat", data=str(tmp_path / "a.cnf"))
    task = family.sample("test")
    assert "every variable from 1 to 5" in task.text
    assert verigym.verify(task, "11").status is Status.MALFORMED
    assert verigym.verify(task, "11000").correct


def test_the_empty_clause_is_a_clause(tmp_path: Path) -> None:
    """There a formula with one fails its own check of a MUS, and the MCS raises IndexError."""
    (tmp_path / "a.cnf").write_text("p cnf 2 3\n1 2 0\n0\n-1 0\n")
    for name in ("sat/mcs", "sat/mus"):
        family = verigym.family(name, data=str(tmp_path / "a.cnf"))
        task = family.sample("test")
        assert family.reference(task) == "2 0"
        assert verigym.verify(task, "010").correct
        assert verigym.verify(task, "1 2").reward == 0.0
    family = verigym.family("sat/maxsat", data=str(tmp_path / "a.cnf"))
    assert verigym.verify(family.sample("test"), "01").correct


@pytest.mark.parametrize("name", ["sat/maxsat", "sat/mcs", "sat/mus"])
def test_the_wrong_class_is_refused_when_posed_and_abstained_from_when_judged(
    name: str, tmp_path: Path
) -> None:
    """There ``check`` raises AssertionError."""
    (tmp_path / "a.cnf").write_text("p cnf 2 1\n1 2 0\n")
    if name != "sat/maxsat":
        with pytest.raises(FamilyError, match="satisfiable"):
            verigym.family(name, data=str(tmp_path / "a.cnf"))
        satisfiable = sets_task(name, Formula(2, ((1, 2), (-1,))))
        for answer in ("1 2", "1", "0", "nonsense"):
            assert verigym.verify(satisfiable, answer).reward in (0.0, None)
    else:
        task = verigym.family(name, data=str(tmp_path / "a.cnf")).sample("test")
        assert task.spec["optimum"] == 0
        assert verigym.verify(task, "11").correct


def test_maxsat_is_not_solved_again() -> None:
    """There each check solves; judging here may not even load the solver."""
    family = verigym.family("sat/maxsat", n=16)
    task = family.sample()
    text = family.reference(task)
    probe = (
        "import json, sys, verigym\n"
        "task, answer = json.load(sys.stdin)\n"
        "verdict = verigym.verify(verigym.Task.from_json(task), answer)\n"
        "assert verdict.correct, verdict\n"
        "assert not [name for name in sys.modules if name.startswith('pysat')]\n"
    )
    payload = json.dumps([task.to_json(), text])
    subprocess.run([sys.executable, "-c", probe], input=payload, text=True, check=True)


def test_no_clause_occurs_twice_in_either_class() -> None:
    """There only satisfiable formulas hold a clause twice, which tells the label."""
    family = verigym.family("sat/decide", shape="mixed", ratio=4.0, n=6)
    for task in family.tasks("test", 20):
        counts = Counter(frozenset(clause) for clause in task.spec["clauses"])
        assert max(counts.values()) == 1


def test_the_same_seed_is_the_same_task_and_importing_runs_no_program(tmp_path: Path) -> None:
    """There clause lengths come from a generator that no seed reaches, and importing the package runs
    ``git rev-parse`` in the caller's folder."""
    trap = tmp_path / "git"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    trap.chmod(0o755)
    names = ("sat/maxsat", "sat/mcs", "sat/mus")
    here = [verigym.family(name, n=6, shape="mixed").sample(index=3).id for name in names]
    code = (
        "import random, verigym; random.seed()\n"
        f"for name in {names}: print(verigym.family(name, n=6, shape='mixed').sample(index=3).id)"
    )
    seeds = {"PYTHONHASHSEED": "77", "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **seeds},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == here
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("name", ["sat/maxsat", "sat/mcs", "sat/mus"])
def test_a_guess_is_seldom_paid(name: str) -> None:
    """There, at three and four variables, a random assignment is of least cost in 42 to 86 of 100."""
    family = verigym.family(name, n=12)
    tasks = family.tasks("test", 5)
    rewards = [
        verigym.verify(task, family.random_answer(task, seed)).reward
        for task, seed in itertools.product(tasks, range(20))
    ]
    assert sum(reward == 1.0 for reward in rewards) <= 3


def test_a_file_that_other_readers_misread_is_an_error() -> None:
    """There a clause over two lines becomes the empty clause, and wrong counts pass."""
    assert dimacs.parse("p cnf 3 1\n1 2 3\n0\n").clauses == ((1, 2, 3),)
    for text in ("p cnf 2 5\n1 0\n", "p cnf 2 1\n5 0\n"):
        with pytest.raises(FormatError):
            dimacs.parse(text)


def test_judging_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """There a check has no limit of time, memory or conflicts."""
    from verigym.verifiers import search, subsets

    functions = {"search_core": subsets.search_core, "search_correction": subsets.search_correction}
    monkeypatch.setattr(search, "run", lambda name, load: functions[name.split(":")[1]](load))
    monkeypatch.setattr(subsets, "CONFLICTS", 50)
    rng = random.Random(5)
    clauses: set[tuple[int, ...]] = set()
    while len(clauses) < 900:
        clauses.add(tuple(sorted(rng.choice((1, -1)) * v for v in rng.sample(range(1, 201), 3))))
    task = sets_task("sat/mus", Formula(200, tuple(clauses)))
    everything: Any = " ".join(map(str, range(1, 901)))
    assert verigym.verify(task, everything).status is Status.BUDGET
