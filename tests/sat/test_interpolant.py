"""sat/interpolant: between A and B, over what they share, decided on every assignment of that."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from formulas import pigeons
from hypothesis import given, settings
from hypothesis import strategies as st
from refused import refused_quickly

import verigym
from verigym import Status, Task
from verigym.envs.sat.interpolant import floor, pair_of, propagated
from verigym.envs.sat.pairs import Pair, cut_pairs
from verigym.envs.sat.separate import separating
from verigym.errors import FamilyError
from verigym.verifiers import dimacs
from verigym.verifiers.cnf import Formula
from verigym.verifiers.search import Solver
from verigym.verifiers.truth import table

Clauses = Sequence[Sequence[int]]


def follows(first: Clauses, formula: Clauses) -> bool:
    """By a solver, clause by clause."""
    with Solver(first) as solver:
        return not any(solver.satisfiable([-x for x in clause]) for clause in formula)


def consistent(first: Clauses, second: Clauses) -> bool:
    with Solver([*first, *second]) as solver:
        return solver.satisfiable()


def allowed(clauses: Clauses, shared: Sequence[int]) -> set[int]:
    """The rows over the shared variables that extend to a model, one search for each."""
    with Solver(clauses) as solver:
        return {
            row
            for row in range(1 << len(shared))
            if solver.satisfiable([v if row >> i & 1 else -v for i, v in enumerate(shared)])
        }


def rows(number: int) -> set[int]:
    return {i for i in range(number.bit_length()) if number >> i & 1}


FAMILY = verigym.family("sat/interpolant", shared=5, local=3)
TASKS = FAMILY.tasks("train", 5)


@pytest.mark.parametrize(
    "knobs", [{"level": 1}, {"level": 2}, {}, {"level": 4}, {"level": 5}, {"shared": 4, "local": 2}]
)
def test_references_earn_one_and_cheap_answers_nothing(knobs: dict[str, Any]) -> None:
    family = verigym.family("sat/interpolant", **knobs)
    tasks = family.tasks("validation", 4)
    references = [family.reference(task) for task in tasks]
    for task, right in zip(tasks, references, strict=True):
        assert verigym.verify(task, right).reward == 1.0
        assert verigym.verify(task, f"<think>0</think><answer>\n{right}\n</answer>").correct
        nulls = family.null_answers(task)
        assert len(nulls) >= 20
        for answer in [*nulls, *family.cheap_answers(task).values()]:
            assert verigym.verify(task, answer).reward == 0.0, answer
        for other in references:
            assert other == right or verigym.verify(task, other).reward == 0.0


def test_the_stored_sets_are_what_a_solver_finds() -> None:
    for task in [*TASKS, verigym.family("sat/interpolant", shared=6, local=5).sample("test", 1)]:
        spec = task.spec
        assert rows(int(spec["a"], 16)) == allowed(spec["first"], spec["shared"])
        assert rows(int(spec["b"], 16)) == allowed(spec["second"], spec["shared"])
        own = [{abs(x) for c in spec[name] for x in c} for name in ("first", "second")]
        assert own[0] & own[1] <= set(spec["shared"])
        assert not consistent(spec["first"], spec["second"])
        assert consistent(spec["first"], [])
        assert consistent(spec["second"], [])


@settings(deadline=None, max_examples=200)
@given(st.integers(0, 4), st.data())
def test_every_verdict_agrees_with_two_searches(index: int, data: st.DataObject) -> None:
    """Random formulas, and damaged references."""
    task = TASKS[index]
    spec = task.spec
    variables = st.sampled_from(spec["shared"])
    if data.draw(st.booleans()):
        variables = st.one_of(variables, variables, variables, st.integers(1, spec["variables"]))
    clause = st.lists(st.builds(lambda v, s: s * v, variables, st.sampled_from([1, -1])), max_size=4)
    clauses = data.draw(st.lists(clause, max_size=3))
    if data.draw(st.integers(0, 3)):
        reference = [list(c) for c in dimacs.parse(FAMILY.reference(task)).clauses]
        i = data.draw(st.integers(0, len(reference) - 1))
        what = data.draw(st.sampled_from(["keep", "flip", "drop", "remove"]))
        if what == "remove":
            del reference[i]
        elif what != "keep":
            reference[i][:1] = [-reference[i][0]] if what == "flip" else []
        clauses = [*reference, *clauses[:1]]
    verdict = verigym.verify(task, dimacs.write(Formula.of(spec["variables"], clauses)))
    used = {abs(x) for c in clauses for x in c}
    fits = (
        len(clauses) <= spec["budget"]["clauses"]
        and sum(map(len, clauses)) <= spec["budget"]["literals"]
        and used <= set(spec["shared"])
    )
    if not fits or not follows(spec["first"], clauses):
        assert verdict.reward == 0.0
    elif not consistent(spec["second"], clauses):
        assert verdict.reward == 1.0
    else:
        b = allowed(spec["second"], spec["shared"])
        kept = allowed([*spec["second"], *clauses], spec["shared"])
        progress = (len(b - kept) - spec["floor"]) / (len(b) - spec["floor"])
        assert verdict.reward == pytest.approx(0.5 * max(0.0, progress))


def test_part_of_an_interpolant_earns_in_proportion() -> None:
    statuses = set()
    for task in verigym.family("sat/interpolant").tasks("train", 10):
        formula = dimacs.parse(FAMILY.reference(task))
        for i in range(len(formula.clauses)):
            rest = Formula(formula.variables, formula.clauses[:i] + formula.clauses[i + 1 :])
            verdict = verigym.verify(task, dimacs.write(rest))
            statuses.add(verdict.status)
            assert verdict.evidence["lost"] == 0
            assert not verdict.correct
    assert statuses == {Status.PARTIAL, Status.WRONG}


@settings(deadline=None, max_examples=150)
@given(st.integers(1, 5), st.data())
def test_separating_keeps_one_set_and_excludes_the_other(n: int, data: st.DataObject) -> None:
    size = 1 << n
    keep = data.draw(st.integers(0, (1 << size) - 1))
    exclude = data.draw(st.integers(0, (1 << size) - 1)) & ~keep
    found = table(n).models(separating(n, keep, exclude))
    assert not keep & ~found
    assert not exclude & found


@settings(deadline=None, max_examples=5)
@given(st.integers(0, 4))
def test_what_propagation_gives_follows(index: int) -> None:
    pair = pair_of(TASKS[index])
    consequences = propagated(pair)
    assert follows(pair.first.clauses, sorted(consequences))
    assert {abs(x) for c in consequences for x in c} <= set(pair.shared)


def test_the_floor_is_the_best_guess_of_one_clause() -> None:
    for task in TASKS:
        spec = task.spec
        a, b = (rows(int(spec[name], 16)) for name in ("a", "b"))
        best = 0
        for size in (1, 2, 3):
            for places in itertools.combinations(range(5), size):
                for values in itertools.product((0, 1), repeat=size):
                    hit = [
                        {
                            row
                            for row in found
                            if all(row >> i & 1 == x for i, x in zip(places, values, strict=True))
                        }
                        for found in (a, b)
                    ]
                    best = max(best, 0 if hit[0] else len(hit[1]))
        assert best <= spec["floor"] <= len(b) - 2
        pair = pair_of(task)
        assert isinstance(pair, Pair)
        assert floor(pair, spec["budget"]) == spec["floor"]


def test_the_budget_and_the_shared_variables_bind() -> None:
    task = TASKS[0]
    n, spec = task.spec["variables"], task.spec
    formula = dimacs.parse(FAMILY.reference(task))
    foreign = next(v for v in range(1, n + 1) if v not in spec["shared"])
    harmless = Formula(n, (*formula.clauses, (foreign, -foreign)))
    verdict = verigym.verify(task, dimacs.write(harmless))
    assert (verdict.status, verdict.feedback) == (
        Status.WRONG,
        f"Variable {foreign} is not shared by A and B.",
    )
    more = Formula(n, formula.clauses + formula.clauses[:1] * spec["budget"]["clauses"])
    assert (
        f"budget is {spec['budget']['clauses']}." in verigym.verify(task, dimacs.write(more)).feedback
    )
    long = (formula.clauses[0] * spec["budget"]["literals"], *formula.clauses[1:])
    verdict = verigym.verify(task, dimacs.write(Formula(n, long)))
    assert f"budget is {spec['budget']['literals']}." in verdict.feedback
    assert f"at most {spec['budget']['clauses']} clauses" in task.text
    assert f"at most {spec['budget']['literals']} literals" in task.text


HOSTILE = {
    "fewer variables": "p cnf 5 1\n1 0",
    "more variables": "p cnf 12 0",
    "the header lies": "p cnf 11 3\n1 0\n2 0",
    "two formulas": "p cnf 11 1\n1 0\np cnf 11 1\n-1 0",
    "plus": "p cnf 11 1\n+1 0",
    "prose": "I is p cnf 11 1\n1 0",
    "a million variables": "p cnf 1000000 1\n1000000 0",
    "tautologies": "p cnf 11 2\n1 -1 0\n2 -2 0",
    "the empty clause": "p cnf 11 1\n0",
    "nothing": "p cnf 11 0",
    "many clauses": "p cnf 11 900000\n" + "1 0\n" * 900_000,
    "long": "c " + "x" * 3_000_000 + "\np cnf 11 0",
    "binary": "\x00\xff" * 1000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_answers_earn_nothing_quickly(name: str) -> None:
    refused_quickly(TASKS[:2], HOSTILE[name])


@pytest.mark.parametrize(
    "change",
    [{"variables": 0}, {"shared": []}, {"shared": [1, 1]}, {"shared": [99]}, {"shared": "12"},
     {"shared": list(range(1, 14))}, {"a": "xyz"}, {"b": "0"}, {"b": "1" * 99}, {"budget": 5},
     {"floor": None}, {"floor": 10**6}],
)  # fmt: skip
def test_a_broken_spec_is_an_abstention(change: dict[str, Any]) -> None:
    spec = {**TASKS[0].spec, **change}
    verdict = verigym.verify(Task(family="sat/interpolant", prompt="p", spec=spec), "p cnf 11 0")
    assert verdict.status is Status.VERIFIER_ERROR


@pytest.mark.parametrize(
    ("knobs", "said"),
    [({"shared": 3}, "shared is 3"), ({"local": 9}, "local is 9"), ({"ratio": 7}, "ratio is 7"),
     ({"slack": 0}, "slack is 0"), ({"format": "none"}, "format is"), ({"ratio": 6}, "another ratio")],
)  # fmt: skip
def test_knobs_out_of_range_are_named(
    knobs: dict[str, Any], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("verigym.envs.sat.interpolant.MAX_DRAWS", 20)
    with pytest.raises(FamilyError, match=said):
        verigym.family("sat/interpolant", **knobs).sample()


def test_the_example_in_the_prompt_is_right() -> None:
    spec = {"variables": 3, "shared": [2], "a": "2", "b": "1", "floor": 0}
    assert rows(2) == allowed([[1, 2], [-1, 2]], [2])
    assert rows(1) == allowed([[-2, 3], [-2, -3]], [2])
    spec["budget"] = {"clauses": 1, "literals": 1}
    task = Task(family="sat/interpolant", prompt="p", spec=spec)
    example = TASKS[0].text.split("<answer>")[-1].split("</answer>")[0]
    assert verigym.verify(task, f"<answer>{example}</answer>").correct


def test_published_formulas_are_cut_in_two(data: Path, tmp_path: Path) -> None:
    for name in ("add4.cnf", "ph3.cnf", "sat2.cnf"):
        shutil.copy(data / "dimacs" / name, tmp_path)
    family = verigym.family("sat/interpolant", data=str(tmp_path), slack=1.2)
    assert family.size() == 2
    assert list(family.skipped.items()) == [("sat2.cnf", "it is satisfiable")]  # type: ignore[attr-defined]
    for task, name in zip(family.tasks("test"), ("add4.cnf", "ph3.cnf"), strict=True):
        spec = task.spec
        formula = dimacs.read(tmp_path / name)
        assert (*spec["first"], *spec["second"]) == formula.clauses
        assert rows(int(spec["a"], 16)) == allowed(spec["first"], spec["shared"])
        assert rows(int(spec["b"], 16)) == allowed(spec["second"], spec["shared"])
        assert verigym.verify(task, family.reference(task)).correct
        for answer in [*family.null_answers(task), *family.cheap_answers(task).values()]:
            assert verigym.verify(task, answer).reward == 0.0, answer


def test_a_cut_shares_what_both_parts_use() -> None:
    formula = pigeons(3)
    pairs = list(cut_pairs(formula))
    assert len(pairs) > 5
    for pair in pairs:
        parts = (pair.first.clauses, pair.second.clauses)
        assert (*parts[0], *parts[1]) == formula.clauses
        used = [{abs(x) for clause in part for x in clause} for part in parts]
        assert set(pair.shared) == used[0] & used[1]
        assert [rows(pair.a), rows(pair.b)] == [allowed(part, pair.shared) for part in parts]


def test_data_that_cannot_be_cut_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "small.cnf"
    for text, said in (("p cnf 1 2\n1 0\n-1 0\n", "no cut"), ("p cnf 1 1\n1 0\n", "satisfiable")):
        file.write_text(text)
        with pytest.raises(FamilyError, match=said):
            verigym.family("sat/interpolant", data=str(file))
    with pytest.raises(FamilyError, match="not both"):
        verigym.family("sat/interpolant", data=str(file), shared=5)


@pytest.mark.soak
def test_at_length() -> None:
    longer: Any = settings(deadline=None, max_examples=4_000)
    inner = test_every_verdict_agrees_with_two_searches.hypothesis.inner_test  # type: ignore[attr-defined]
    longer(given(st.integers(0, 4), st.data())(inner))()
