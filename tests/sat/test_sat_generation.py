"""Generated formulas: pure functions of their name that never repeat and do not show their label."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from formulas import random_formula

import verigym
from verigym import Task
from verigym.envs.sat import family as sat_family
from verigym.envs.sat import solver
from verigym.envs.sat.solver import find_model
from verigym.errors import FamilyError
from verigym.verifiers.cnf import Formula
from verigym.verifiers.sat import formula_of

FAMILIES = ("sat/solve", "sat/decide")


def is_satisfiable(task: Task) -> bool:
    return find_model(formula_of(task)) is not None


def clause_sets(name: str, split: str, count: int, **knobs: object) -> set[frozenset[tuple[int, ...]]]:
    tasks = verigym.family(name, **knobs).tasks(split, count)
    return {frozenset(task.spec["clauses"]) for task in tasks}


@pytest.mark.parametrize("name", FAMILIES)
def test_no_item_is_shared_between_indices_splits_and_configs(name: str) -> None:
    sets = [
        clause_sets(name, "train", 300, n=12),
        clause_sets(name, "validation", 300, n=12),
        clause_sets(name, "test", 300, n=12),
        clause_sets(name, "train", 300, n=12, ratio=4.25),
        clause_sets(name, "train", 300, n=13),
    ]
    assert all(len(found) == 300 for found in sets)
    assert len(set().union(*sets)) == 300 * len(sets)


def test_the_two_families_share_no_item() -> None:
    solve = clause_sets("sat/solve", "train", 200, n=12, ratio=4)
    assert not solve & clause_sets("sat/decide", "train", 200, n=12, ratio=4)


@pytest.mark.parametrize("name", FAMILIES)
def test_tasks_are_a_pure_function_of_their_name(name: str) -> None:
    state = random.getstate()
    family = verigym.family(name, n=14)
    tasks = family.tasks("train", 5)
    assert [family.sample("train", i) for i in (3, 1)] == [tasks[3], tasks[1]]
    assert verigym.family(name, n=14, ratio=None).tasks("train", 5) == tasks
    assert random.getstate() == state
    assert Task.from_json(json.loads(json.dumps(tasks[0].to_json()))) == tasks[0]
    text = json.dumps(tasks[0].to_json()["metadata"])
    pair = {"pair": 0} if name == "sat/decide" else {}
    assert json.loads(text) == {"split": "train", "index": 0, **pair}


@pytest.mark.parametrize("ratio", [4, 4.0])
def test_an_int_ratio_is_the_same_as_a_float(ratio: float) -> None:
    assert (
        verigym.family("sat/solve", n=10, ratio=ratio).sample()
        == verigym.family("sat/solve", n=10, ratio=4).sample()
    )


def test_ids_are_the_same_everywhere() -> None:
    """These literals hold on every supported Python and with every release of the solver."""
    solve = verigym.family("sat/solve", n=20).sample("train", 0)
    decide = verigym.family("sat/decide", n=10).sample("test", 3)
    assert solve.id == "952dd009d70c275901cb8a29fed2db76a13201c8ecd68eaf3ac26c115a4eda87"
    assert decide.id == "c4a6c23e84457f514dd6eb162484b475e446ef708134908132306f4df2891554"


def test_ids_do_not_depend_on_the_hash_seed() -> None:
    code = (
        "import verigym\n"
        "for name in ('sat/solve', 'sat/decide'):\n"
        "    f = verigym.family(name, n=16); t = f.sample(); a = f.reference(t)\n"
        "    print(t.id, a, verigym.verify(t, a).correct)\n"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1
    assert outputs.pop().count("True") == 2


def auc(positive: list[float], negative: list[float]) -> float:
    """How well a feature tells two groups apart: 0.5 is not at all, 0 and 1 are perfectly."""
    wins = sum((p > q) + 0.5 * (p == q) for p in positive for q in negative)
    return wins / (len(positive) * len(negative))


def features(formula: Formula) -> Iterator[tuple[str, float]]:
    clauses, n = formula.clauses, formula.variables
    literals = [literal for clause in clauses for literal in clause]
    yield "clauses", len(clauses)
    yield "repeated clauses", len(clauses) - len({frozenset(clause) for clause in clauses})
    yield "same variables", len(clauses) - len({tuple(map(abs, clause)) for clause in clauses})
    yield "unit clauses", sum(len(clause) == 1 for clause in clauses)
    yield "literals", len(literals)
    yield "tautologies", sum(-x in clause for clause in clauses for x in clause)
    yield "unsorted", sum(tuple(sorted(c, key=abs)) != c for c in clauses)
    yield "positive literals", sum(literal > 0 for literal in literals)
    yield "pure literals", sum((x in literals) != (-x in literals) for x in range(1, n + 1))
    yield "unused variables", sum(not {x, -x} & set(literals) for x in range(1, n + 1))
    yield "first literal", literals[0]
    yield "last literal", literals[-1]
    yield "sum", sum(literals)


@pytest.mark.parametrize("n", [8, 16])
def test_the_label_does_not_show_in_how_formulas_are_made(n: int) -> None:
    groups: tuple[dict[str, list[float]], dict[str, list[float]]] = ({}, {})
    tasks = verigym.family("sat/decide", n=n).tasks("train", 500)
    for task in tasks:
        group = groups[is_satisfiable(task)]
        for feature, value in features(formula_of(task)):
            group.setdefault(feature, []).append(value)
    sizes = [len(group["clauses"]) for group in groups]
    assert min(sizes) > 210  # half and half
    for feature in groups[0]:
        assert abs(auc(groups[1][feature], groups[0][feature]) - 0.5) < 0.08, feature


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"m": 3}, "no knob 'm'"),
        ({"n": 2}, "n is 2"),
        ({"n": 20.0}, "n is 20.0"),
        ({"n": True}, "n is True"),
        ({"n": 1_001}, "n is 1001"),
        ({"k": 1}, "k is 1"),
        ({"k": 6}, "k is 6"),
        ({"k": "3"}, "k is '3'"),
        ({"ratio": 0}, "ratio is 0"),
        ({"ratio": -4.2}, "ratio is -4.2"),
        ({"ratio": float("nan")}, "ratio is nan"),
        ({"ratio": float("inf")}, "ratio is inf"),
        ({"ratio": "4"}, "ratio is '4'"),
        ({"ratio": True}, "ratio is True"),
        ({"n": 3}, "in the shape random of these sizes there must be 1 to 6"),
        ({"n": 10, "ratio": 0.01}, "asks for 0 clauses"),
        ({"data": "x.cnf", "n": 20}, "takes data or n, not both"),
        ({"data": 7}, "data is 7"),
    ],
)
@pytest.mark.parametrize("name", FAMILIES)
def test_wrong_knobs_are_named(name: str, knobs: dict, message: str) -> None:  # type: ignore[type-arg]
    with pytest.raises(FamilyError) as error:
        verigym.family(name, **knobs)
    assert message in str(error.value)


def test_a_ratio_that_gives_no_task_ends_with_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sat_family, "MAX_DRAWS", 20)
    with pytest.raises(FamilyError, match="choose a lower ratio"):
        verigym.family("sat/solve", n=20, ratio=12).sample()
    with pytest.raises(FamilyError, match="choose a higher ratio"):
        verigym.family("sat/decide", n=40, ratio=2).sample()


def test_what_is_too_hard_for_the_solver_is_an_error() -> None:
    formula = random_formula(random.Random(4), 160, 720, 3)
    with pytest.raises(solver.Undecided, match="gave up after 50 conflicts"):
        solver.find_model(formula, conflicts=50)
    with pytest.raises(solver.Undecided, match="gave up after 50 conflicts"):
        solver.find_proof(formula, conflicts=50)


@pytest.mark.parametrize("find", ["find_model", "find_proof"])
def test_ctrl_c_stops_the_solver_as_it_stops_python(find: str) -> None:
    code = (
        f"from formulas import pigeons\nfrom verigym.envs.sat.solver import {find}\n"
        f"import pysat.solvers\nformula = pigeons(11)\nprint('go', flush=True)\n"
        f"try:\n    {find}(formula, 10**9)\nexcept KeyboardInterrupt:\n    print('stopped')\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code], cwd=Path(__file__).parent, stdout=subprocess.PIPE, text=True
    )
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == "go\n"
        time.sleep(0.5)
        child.send_signal(signal.SIGINT)
        assert child.communicate(timeout=20)[0] == "stopped\n"
    finally:
        child.kill()
        child.wait()


@pytest.mark.parametrize("name", ["sat/solve", "sat/decide"])
def test_neighbouring_seeds_share_no_item(name: str) -> None:
    """Seeding item i of seed s with s + i would make all but one of them the same."""
    found = [
        {task.spec["clauses"] for task in verigym.family(name, n=12, seed=seed).tasks("train", 60)}
        for seed in (0, 1, 2, -1)
    ]
    assert len(set().union(*found)) == sum(map(len, found)) == 240
    assert verigym.family(name, n=12, seed=0).sample() == verigym.family(name, n=12).sample()
    with pytest.raises(FamilyError, match="seed is 'x'"):
        verigym.family(name, seed="x")
