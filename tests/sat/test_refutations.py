"""Refutations from solvers and published files: accepted, cut down, or refused at the right step."""

from __future__ import annotations

import random
from bisect import bisect
from pathlib import Path

import naive_rup
import pytest
from formulas import SQUARE, pigeons, unsatisfiable
from pysat.solvers import Solver

from verigym.envs.sat.refute import drop, hinted, refutation, trim
from verigym.envs.sat.solver import find_model, find_proof
from verigym.errors import VerigymError
from verigym.verifiers import dimacs, lrat
from verigym.verifiers.cnf import Formula
from verigym.verifiers.proof import Outcome, check
from verigym.verifiers.sat_answers import Hinted, Refutation, read_decision


@pytest.mark.parametrize("n", [10, 30, 50, 100])
def test_references_are_accepted_short_and_needed(n: int) -> None:
    for formula in unsatisfiable(n, 1 if n == 100 else 3, seed=n):
        raw = find_proof(formula)
        assert raw is not None
        assert check(formula, raw).outcome is Outcome.REFUTED
        lemmas = refutation(formula)
        assert lemmas == refutation(formula)  # deterministic
        assert lemmas
        assert lemmas[-1] == ()
        assert len(lemmas) <= len(raw)
        assert check(formula, lemmas).outcome is Outcome.REFUTED
        if n <= 30:
            for i in range(len(lemmas) - 1):  # none can be left out
                rest = lemmas[:i] + lemmas[i + 1 :]
                found = check(formula, rest)
                assert found.outcome is not Outcome.REFUTED or found.rat


@pytest.mark.parametrize("solver", ["cd15", "cd19", "g4", "lgl"])
def test_proofs_of_several_solvers_are_accepted(solver: str) -> None:
    for formula in [*unsatisfiable(40, 2), pigeons(4)]:
        with Solver(solver, bootstrap_with=formula.clauses, with_proof=True) as engine:
            assert not engine.solve()
            lines = [line.split() for line in engine.get_proof()]
        if not lines:
            pytest.skip("this release of PySAT returns no proofs of CaDiCaL's")
        lemmas = [tuple(map(int, words[:-1])) for words in lines if words[0] != "d"]
        assert check(formula, lemmas).outcome is Outcome.REFUTED


def test_pigeonhole_refutations() -> None:
    for holes in (1, 2, 3, 4):
        lemmas = refutation(pigeons(holes))
        assert lemmas is not None
        assert check(pigeons(holes), lemmas).outcome is Outcome.REFUTED


def test_the_published_files_have_refutations(data: Path) -> None:
    refuted = 0
    for file in sorted(data.glob("dimacs/*.cnf")) + sorted(data.glob("proofs/*.cnf")):
        formula = dimacs.read(file)
        if formula.size > 2_500:
            continue
        lemmas = refutation(formula)
        assert (lemmas is None) == (find_model(formula) is not None)
        if lemmas is not None:
            assert check(formula, lemmas).outcome is Outcome.REFUTED, file
            refuted += 1
    assert refuted > 25


NEEDS_DELETIONS = {"uuf-50-2.drat", "uuf-50-3.drat"}
"""Their RAT steps hold only because clauses were deleted before; deletions in DRAT have no effect here."""


def decision(file: Path, formula: Formula) -> Refutation | Hinted:
    found = read_decision(file.read_text(), formula.variables, len(formula.clauses))
    assert isinstance(found, Refutation | Hinted)
    return found


def test_published_drat_proofs(data: Path) -> None:
    """Accepted, RAT steps and definitions too, where they hold without regard to deletions."""
    files = sorted([*data.glob("proofs/*.drat"), *data.glob("proofs/*.drup")])
    assert len(files) == 12
    for file in files:
        formula = dimacs.read(file.with_suffix(".cnf"))
        answer = decision(file, formula)
        assert isinstance(answer, Refutation)
        found = check(formula, answer.lemmas)
        expected = Outcome.REFUSED if file.name in NEEDS_DELETIONS else Outcome.REFUTED
        assert found.outcome is expected, file
        assert (found.rat > 0) == (file.name not in ("example-5-vars.drat", "example-Schur.drup"))


@pytest.mark.parametrize("name", sorted(NEEDS_DELETIONS))
def test_the_refused_proofs_rest_on_a_deletion(name: str, data: Path) -> None:
    """The naive checker refuses the same step, and accepts it once deletions count."""
    file = data / "proofs" / name
    formula = dimacs.read(file.with_suffix(".cnf"))
    answer = decision(file, formula)
    assert isinstance(answer, Refutation)
    found = check(formula, answer.lemmas)
    known = [*formula.clauses, *answer.lemmas[: found.lemmas]]
    refused = answer.lemmas[found.lemmas]
    assert not naive_rup.is_rup(known, refused)
    assert not naive_rup.is_rat(known, refused)
    steps = [
        ("d" if words[0] == "d" else "a", [int(x) for x in words if x not in "d0"])
        for words in map(str.split, file.read_text().splitlines())
    ]
    assert naive_rup.honouring(formula.clauses, steps) == ("refuted", len(steps) - 1)


def test_the_naive_checker_agrees_on_published_proofs(data: Path) -> None:
    for name in ("example-4-vars.drat", "example-5-vars.drat", "example-Schur.drat", "uuf-30-1.drat",
                 "example-Schur.drup", "uuf-50-2.drat", "uuf-50-3.drat"):  # fmt: skip
        file = data / "proofs" / name
        formula = dimacs.read(file.with_suffix(".cnf"))
        answer = decision(file, formula)
        assert isinstance(answer, Refutation)
        found = check(formula, answer.lemmas)
        expected = naive_rup.verdict(formula.clauses, answer.lemmas)
        assert (found.outcome.value, found.lemmas, found.rat) == expected


def test_published_lrat_proofs(data: Path) -> None:
    """All of them are accepted, since a deletion counts there; and RAT is used where the hints say so."""
    files = sorted(data.glob("proofs/*.lrat"))
    assert len(files) == 10
    for file in files:
        formula = dimacs.read(file.with_suffix(".cnf"))
        answer = decision(file, formula)
        assert isinstance(answer, Hinted)
        found = lrat.check(formula, answer.steps)
        assert found.outcome is Outcome.REFUTED, file
        negated = [any(x < 0 for x in s.hints) for s in answer.steps if isinstance(s, lrat.Addition)]
        assert found.rat == sum(negated)


def test_references_with_hints(data: Path) -> None:
    for formula in [*unsatisfiable(10, 5), *unsatisfiable(40, 3), pigeons(3)]:
        lemmas = refutation(formula)
        assert lemmas
        steps = hinted(formula, lemmas)
        assert lrat.check(formula, steps).outcome is Outcome.REFUTED
        text = "\n".join(map(lrat_line, steps))
        answer = read_decision(text, formula.variables, len(formula.clauses))
        assert isinstance(answer, Hinted)
        assert list(answer.steps) == steps


def lrat_line(step: lrat.Addition) -> str:
    return " ".join(map(str, (step.id, *step.literals, 0, *step.hints, 0)))


def test_a_wrong_proof_is_not_trimmed_into_a_right_one() -> None:
    with pytest.raises(VerigymError, match="does not follow"):
        trim(SQUARE, [(), ()])
    with pytest.raises(VerigymError, match="does not end"):
        trim(SQUARE, [(1, 2, -1)])


def test_dropping_stops_at_its_budget() -> None:
    lemmas = [(1, 2), (2,), (2, 1)]
    assert drop(SQUARE, lemmas) == [(2,)]
    assert drop(SQUARE, lemmas, steps=0) == lemmas


def longest_with_a_model(variables: int, clauses: list[tuple[int, ...]]) -> Formula:
    """The first clauses, as many as have a model together."""
    counts = range(len(clauses) + 1)  # once there is no model, further clauses give none
    many = bisect(counts, False, key=lambda n: find_model(Formula.of(variables, clauses[:n])) is None)
    return Formula.of(variables, clauses[: many - 1])


def test_published_proofs_refute_no_formula_that_has_a_model(data: Path) -> None:
    """RAT steps, definitions and all, against what is left when clauses are taken away."""
    rng = random.Random(11)
    for file in sorted([*data.glob("proofs/*.drat"), *data.glob("proofs/*.drup")]):
        formula = dimacs.read(file.with_suffix(".cnf"))
        answer = decision(file, formula)
        assert isinstance(answer, Refutation)
        for _ in range(5):
            clauses = list(formula.clauses)
            rng.shuffle(clauses)
            satisfiable = longest_with_a_model(formula.variables, clauses)
            found = check(satisfiable, answer.lemmas)
            assert found.outcome in (Outcome.REFUSED, Outcome.INCOMPLETE)
