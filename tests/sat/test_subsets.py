"""The checks of correction sets and cores, by truth tables and by search, against trying everything."""

from __future__ import annotations

import random
from collections.abc import Iterator

import naive_subsets as naive
import pytest
from formulas import pigeons, unsatisfiable
from hypothesis import given, settings
from hypothesis import strategies as st

from verigym.envs.sat.cores import Cores
from verigym.envs.sat.smallest import smallest_core
from verigym.errors import VerigymError
from verigym.verifiers import search, subsets
from verigym.verifiers.cnf import Formula

LITERALS = st.sampled_from([sign * v for v in range(1, 4) for sign in (1, -1)])
CLAUSES = st.lists(st.lists(LITERALS, max_size=3).map(tuple), min_size=1, max_size=9)
FORMULAS = CLAUSES.map(lambda clauses: Formula(3, tuple(clauses)))
SETS = st.sets(st.integers(1, 9))


def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Search in this process, without tables."""
    monkeypatch.setattr(subsets, "TABLE", -1)
    functions = {"search_core": subsets.search_core, "search_correction": subsets.search_correction}
    monkeypatch.setattr(search, "run", lambda name, payload: functions[name.split(":")[1]](payload))


@pytest.mark.parametrize("searched", [False, True])
def test_every_verdict_agrees_with_brute_force(searched: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if searched:
        here(monkeypatch)

    @settings(max_examples=150, deadline=None)
    @given(FORMULAS, SETS)
    def check(formula: Formula, some: set[int]) -> None:
        chosen = some & naive.every(formula)
        found = subsets.correction(formula, chosen)
        assert found.holds == naive.is_correction(formula, chosen)
        assert subsets.correction(formula, chosen, minimal=False).holds == found.holds
        if found.holds:
            assert (found.spare is None) == naive.is_mcs(formula, chosen)
            if found.spare is not None:
                assert naive.is_correction(formula, chosen - {found.spare})
        found = subsets.core(formula, chosen)
        assert found.holds == naive.is_core(formula, chosen)
        assert subsets.core(formula, chosen, minimal=False).holds == found.holds
        if found.holds:
            assert (found.spare is None) == naive.is_mus(formula, chosen)
            if found.spare is not None:
                assert naive.is_core(formula, chosen - {found.spare})

    check()


def sets_of(formula: Formula, rng: random.Random) -> Iterator[frozenset[int]]:
    """A right set of either kind, and some that differ from it in one clause."""
    numbers = list(naive.every(formula))
    for right in both(formula, rng):
        yield right
        yield right - {rng.choice(sorted(right))}
        yield right | {rng.choice(numbers)}
        yield right ^ {rng.choice(numbers), rng.choice(numbers)}


def both(formula: Formula, rng: random.Random) -> list[frozenset[int]]:
    order = rng.sample(sorted(naive.every(formula)), len(formula.clauses))
    with Cores(formula) as cores:
        return [cores.minimal(order), cores.correction(())]


@pytest.mark.parametrize("n", [8, 12, 17])
def test_tables_and_search_agree(n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(n)
    formulas = [*unsatisfiable(n, 3, seed=n), *([pigeons(2)] if n == 8 else [])]
    cases = [(formula, chosen) for formula in formulas for chosen in sets_of(formula, rng)]
    monkeypatch.setattr(subsets, "TABLE", 20)
    tables = [(subsets.correction(*case), subsets.core(*case)) for case in cases]
    here(monkeypatch)
    for case, (by_table, core_by_table) in zip(cases, tables, strict=True):
        found, core = subsets.correction(*case), subsets.core(*case)
        assert (found.holds, found.spare is None) == (by_table.holds, by_table.spare is None)
        assert (core.holds, core.spare is None) == (core_by_table.holds, core_by_table.spare is None)
    assert any(x.holds and x.spare is None for x, _ in tables)
    assert any(x.holds and x.spare is not None for x, _ in tables)
    assert any(x.holds and x.spare is None for _, x in tables)
    assert any(x.holds and x.spare is not None for _, x in tables)


def test_in_a_worker_as_in_this_process() -> None:
    formula = unsatisfiable(40, 1)[0]
    for chosen in sets_of(formula, random.Random(4)):
        found = subsets.core(formula, chosen)
        clauses = [formula.clauses[i - 1] for i in sorted(chosen)]
        assert found.holds == subsets.search_core([clauses, True])[0]


def test_rotation_reaches_only_critical_clauses_and_spares_calls() -> None:
    formula = unsatisfiable(30, 1)[0]
    with Cores(formula) as cores:
        chosen = sorted(cores.minimal(range(1, len(formula.clauses) + 1)))
    clauses = [formula.clauses[i - 1] for i in chosen]
    rotation = subsets.Rotation(clauses)
    reached: set[int] = set()
    starts = 0
    for i in range(len(clauses)):
        if i in reached:
            continue
        starts += 1
        with search.Solver([c for j, c in enumerate(clauses) if j != i]) as solver:
            assert solver.satisfiable([-x for x in clauses[i]])
            true = set(solver.model)
        true |= {-v for v in range(1, 31) if v not in true and -v not in true}
        new = rotation.reach(i, true, reached)
        for j in new:  # each of them is critical indeed
            with search.Solver([c for k, c in enumerate(clauses) if k != j]) as solver:
                assert solver.satisfiable()
        reached |= new
    assert reached == set(range(len(clauses)))
    assert starts < len(clauses) / 2


def test_a_budget_that_is_used_up_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    here(monkeypatch)
    monkeypatch.setattr(subsets, "CONFLICTS", 2)
    formula = pigeons(4)
    with pytest.raises(search.OutOfBudget):
        subsets.core(formula, naive.every(formula))
    with pytest.raises(search.OutOfBudget):
        subsets.correction(formula, ())


@settings(max_examples=40, deadline=None)
@given(FORMULAS)
def test_smallest_cores_are_that_of_trying_everything(formula: Formula) -> None:
    if naive.has_model(formula, naive.every(formula)):
        return
    found = smallest_core(formula)
    assert naive.is_core(formula, found)
    assert len(found) == naive.smallest(formula, "mus")


def test_two_ways_that_disagree_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    formula = Formula(1, ((1,), (-1,), (1,)))
    monkeypatch.setattr("verigym.envs.sat.smallest._by_optux", lambda formula: frozenset({1, 2, 3}))
    with pytest.raises(VerigymError, match="disagree"):
        smallest_core(formula)
    monkeypatch.setattr("verigym.envs.sat.smallest._by_optux", lambda formula: frozenset({1}))
    with pytest.raises(VerigymError, match="has a model"):
        smallest_core(formula)
