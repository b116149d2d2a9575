"""Refutations from solvers and published files: accepted, cut down, or refused at the right step."""

from __future__ import annotations

from pathlib import Path

import naive_rup
import pytest
from formulas import SQUARE, pigeons, unsatisfiable
from pysat.solvers import Solver

from verigym.envs.sat.refute import drop, refutation, trim
from verigym.envs.sat.solver import find_model, find_proof
from verigym.errors import VerigymError
from verigym.verifiers import dimacs
from verigym.verifiers.proof import Outcome, check
from verigym.verifiers.sat_answers import Malformed, Refutation, read_decision


@pytest.mark.parametrize("n", [10, 30, 50, 100])
def test_references_are_accepted_short_and_needed(n: int) -> None:
    for formula in unsatisfiable(n, 3, seed=n):
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
                assert check(formula, rest).outcome is not Outcome.REFUTED


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
        if formula.size > 4_000:
            continue
        lemmas = refutation(formula)
        assert (lemmas is None) == (find_model(formula) is not None)
        if lemmas is not None:
            assert check(formula, lemmas).outcome is Outcome.REFUTED, file
            refuted += 1
    assert refuted > 25


RUP_FILES = {"example-Schur.drup"}
"""The others of the published proofs rest on RAT steps, which may remove models: not ours."""


def test_published_proofs(data: Path) -> None:
    """Plain RUP is accepted; a step that needs RAT is found where the naive checker finds it."""
    seen = 0
    for file in sorted([*data.glob("proofs/*.drat"), *data.glob("proofs/*.drup")]):
        formula = dimacs.read(file.with_suffix(".cnf"))
        try:
            answer = read_decision(file.read_text(), formula.variables)
        except Malformed:
            assert file.name == "example-5-vars.drat"  # it defines a variable of its own
            continue
        assert isinstance(answer, Refutation)
        seen += 1
        found = check(formula, answer.lemmas)
        expected = Outcome.REFUTED if file.name in RUP_FILES else Outcome.NOT_RUP
        assert found.outcome is expected, file
        upto = answer.lemmas[: found.lemmas + 1]
        assert naive_rup.verdict(formula.clauses, upto) == (expected.value, found.lemmas)
    assert seen == 11


def first_rat_step(lrat: Path) -> set[int]:
    """The first clause of an LRAT proof that was justified by RAT: its hints hold a negative number."""
    for line in lrat.read_text().splitlines():
        words = line.split()
        end = words.index("0")
        if words[1] != "d" and any(word.startswith("-") for word in words[end + 1 :]):
            return set(map(int, words[1:end]))
    raise AssertionError(f"{lrat} holds no RAT step")


def test_published_proofs_are_refused_at_their_first_rat_step(data: Path) -> None:
    files = sorted(data.glob("proofs/uuf-*.lrat"))
    assert len(files) == 8
    for file in files:
        answer = read_decision(file.with_suffix(".drat").read_text(), 100)
        assert isinstance(answer, Refutation)
        found = check(dimacs.read(file.with_suffix(".cnf")), answer.lemmas)
        assert set(answer.lemmas[found.lemmas]) == first_rat_step(file), file


def test_a_wrong_proof_is_not_trimmed_into_a_right_one() -> None:
    with pytest.raises(VerigymError, match="does not follow"):
        trim(SQUARE, [(), ()])
    with pytest.raises(VerigymError, match="does not end"):
        trim(SQUARE, [(1, 2, -1)])


def test_dropping_stops_at_its_budget() -> None:
    lemmas = [(1, 2), (2,), (2, 1)]
    assert drop(SQUARE, lemmas) == [(2,)]
    assert drop(SQUARE, lemmas, steps=0) == lemmas
