"""Refutations with hints: each hint must be what it says, and nothing else is accepted."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import naive_lrat
import pytest
from formulas import SQUARE, unsatisfiable
from hypothesis import given, settings
from hypothesis import strategies as st

from verigym.envs.sat.refute import hinted, refutation
from verigym.envs.sat.solver import find_model
from verigym.verifiers import dimacs
from verigym.verifiers.cnf import Formula
from verigym.verifiers.lrat import Addition, Deletion, Step, check
from verigym.verifiers.proof import Outcome
from verigym.verifiers.sat_answers import Hinted, read_decision


def line(text: str) -> Step:
    """A step as LRAT writes it."""
    words = text.split()
    if words[1] == "d":
        return Deletion(tuple(map(int, words[2:-1])))
    middle = words.index("0")
    literals, hints = words[1:middle], words[middle + 1 : -1]
    return Addition(int(words[0]), tuple(map(int, literals)), tuple(map(int, hints)))


OR = Formula(2, ((1, 2),))
EQUAL = Formula(2, ((1, -2), (-1, 2)))


@pytest.mark.parametrize(
    ("formula", "lines", "outcome", "done", "reason"),
    [
        (SQUARE, ["5 2 0 1 2 0", "6 0 5 3 4 0"], "refuted", 2, ""),
        (SQUARE, ["5 2 0 2 1 0", "6 0 5 4 3 0"], "refuted", 2, ""),
        (SQUARE, ["5 2 0 1 2 0"], "incomplete", 1, ""),
        (SQUARE, ["5 2 0 1 2 0", "6 0 3 5 4 0"], "refused", 1, "hint 3, but that clause says nothing"),
        (SQUARE, ["5 2 0 1 0"], "refused", 0, "clause 3 holds -2, and no negated hint names it"),
        (SQUARE, ["5 2 0 1 2 3 0"], "refused", 0, "hints after the one that is in conflict"),
        (SQUARE, ["5 2 0 1 2 -3 0"], "refused", 0, "hints after the one that is in conflict"),
        (SQUARE, ["5 2 0 1 1 2 0"], "refused", 0, "hint 1, but that clause says nothing"),
        (SQUARE, ["5 2 0 4 0"], "refused", 0, "hint 4, but that clause says nothing"),
        (SQUARE, ["5 2 0 5 0"], "refused", 0, "no clause of that id is there"),  # itself
        (SQUARE, ["5 2 0 1 6 0"], "refused", 0, "hint 6, but no clause of that id"),  # a later one
        (SQUARE, ["5 0 1 2 0"], "refused", 0, "hint 1, but that clause says nothing"),
        (SQUARE, ["5 0 0"], "refused", 0, "hints that do not lead to a conflict"),
        (SQUARE, ["5 0 -1 0"], "refused", 0, "hints that do not lead to a conflict"),
        (SQUARE, ["5 d 1 0", "6 2 0 1 2 0"], "refused", 1, "hint 1, but no clause of that id"),
        (SQUARE, ["5 d 1 1 0"], "refused", 0, "deletes clause 1, which is not there"),
        (SQUARE, ["5 d 5 0"], "refused", 0, "deletes clause 5, which is not there"),
        (SQUARE, ["5 1 -1 0 0"], "incomplete", 1, ""),  # a tautology needs no hints
        (SQUARE, ["5 1 -1 0 99 0"], "incomplete", 1, ""),
        (Formula(1, ((1,), (-1,))), ["3 0 1 2 0"], "refuted", 1, ""),
        (Formula(1, ((1,), (-1,))), ["3 0 1 0"], "refused", 0, "do not lead to a conflict"),
        (Formula(1, ((),)), ["2 0 1 0"], "refuted", 1, ""),
        (Formula(1, ((1, 1), (-1, -1))), ["3 0 1 2 0"], "refuted", 1, ""),
        # RAT, with every partner named, once, and by the clause that it is
        (OR, ["2 -1 0 -1 0"], "refused", 0, "after -1 that do not lead to a conflict"),
        (OR, ["2 3 1 0 0", "3 -3 2 0 -2 1 0"], "incomplete", 2, ""),
        (OR, ["2 3 -1 0 0", "3 -3 1 0 -2 0"], "incomplete", 2, ""),  # the resolvent holds 1 and -1
        (OR, ["2 3 -1 0 0", "3 -3 1 0 -2 1 0"], "refused", 1, "needs no hints after -2"),
        (OR, ["2 3 -1 0 0", "3 -3 1 0 0"], "refused", 1, "clause 2 holds 3, and no negated hint"),
        (OR, ["2 3 -1 0 0", "3 -3 1 0 -2 -2 0"], "refused", 1, "hint -2 twice"),
        (OR, ["2 3 -1 0 0", "3 -3 1 0 -2 -1 0"], "refused", 1, "hint -1, but no clause of that id"),
        (OR, ["2 3 -1 0 0", "3 -3 1 0 -9 0"], "refused", 1, "clause 2 holds 3"),
        (OR, ["2 3 -1 0 0", "2 d 2 0", "3 -3 1 0 0"], "incomplete", 3, ""),  # deletions count
        (EQUAL, ["3 1 0 -2 0"], "refused", 0, "after -2 that do not lead to a conflict"),
        (EQUAL, ["3 1 1 0 0"], "refused", 0, "clause 2 holds -1"),
        (EQUAL, ["3 d 2 0", "4 1 0 0"], "incomplete", 2, ""),
    ],
)  # fmt: skip
def test_small_cases(formula: Formula, lines: list[str], outcome: str, done: int, reason: str) -> None:
    found = check(formula, map(line, lines))
    assert (found.outcome.value, found.lemmas) == (outcome, done), found.reason
    assert reason in found.reason
    assert bool(found.reason) == (found.outcome is Outcome.REFUSED)


def test_ids_are_those_of_the_lines_and_grow() -> None:
    for i in (1, 4, 0, -7):
        found = check(SQUARE, [Addition(i, (2,), (1, 2))])
        assert (found.outcome, found.lemmas) == (Outcome.REFUSED, 0)
    steps = [Addition(70, (2,), (1, 2)), Addition(70, (), (70, 3, 4))]
    assert check(SQUARE, steps).lemmas == 1
    assert check(SQUARE, [steps[0], replace(steps[1], id=71)]).outcome is Outcome.REFUTED


def mutated(rng: random.Random, steps: list[Step], n: int) -> list[Step]:
    """One literal, hint, deletion or line changed, added, moved or lost."""
    steps = list(steps)
    i = rng.randrange(len(steps))
    step = steps[i]
    kind = rng.randrange(7)
    if kind == 0:
        del steps[i]
    elif kind == 1:
        steps.insert(rng.randrange(len(steps)), steps.pop(i))
    elif kind == 2:
        steps.insert(i, Deletion((rng.randint(1, step.id if isinstance(step, Addition) else 9),)))
    elif isinstance(step, Addition):
        literals, hints = list(step.literals), list(step.hints)
        if kind == 3 and literals:
            j = rng.randrange(len(literals))
            literals[j] *= -1
        elif kind == 4:
            literals = [rng.choice((1, -1)) * rng.randint(1, n + 1), *literals][: rng.randint(1, 4)]
        elif kind == 5 and hints:
            j = rng.randrange(len(hints))
            hints[j] = rng.choice((-hints[j], hints[j] + 1, hints[j] - 1, hints[0]))
        elif hints:
            del hints[rng.randrange(len(hints))]
        steps[i] = Addition(step.id, tuple(literals), tuple(hints))
    return steps


def never_wrong(rounds: int, seed: int) -> tuple[int, int]:
    """Whatever is accepted is accepted by the naive checker too, and what has a model never is."""
    rng = random.Random(seed)
    accepted = satisfiable = 0
    for formula in unsatisfiable(8, rounds, seed):
        lemmas = refutation(formula)
        assert lemmas
        steps = hinted(formula, lemmas)
        assert check(formula, steps).outcome is Outcome.REFUTED
        for _ in range(8):
            clauses = list(formula.clauses)
            if rng.random() < 0.5:
                clauses[rng.randrange(len(clauses))] = (1, -1)  # keeps the ids
            weaker = Formula.of(formula.variables, clauses)
            changed = mutated(rng, list(steps), formula.variables)
            refuted = check(weaker, changed).outcome is Outcome.REFUTED
            has_model = find_model(weaker) is not None
            assert not (refuted and has_model)
            assert not refuted or naive_lrat.refutes(weaker, changed)
            accepted += refuted
            satisfiable += has_model
    return accepted, satisfiable


def test_mutations_are_never_accepted_wrongly() -> None:
    accepted, satisfiable = never_wrong(30, seed=3)
    assert accepted > 5
    assert satisfiable > 10


@pytest.mark.soak
def test_mutations_are_never_accepted_wrongly_soak() -> None:
    for seed in range(50, 70):
        never_wrong(40, seed)


def test_mutations_of_published_proofs(data: Path) -> None:
    """With RAT steps, deletions and definitions in them."""
    rng = random.Random(5)
    for name in ("example-4-vars", "example-5-vars", "uuf-30-1"):
        formula = dimacs.read(data / "proofs" / f"{name}.cnf")
        text = (data / "proofs" / f"{name}.lrat").read_text()
        found = read_decision(text, formula.variables, len(formula.clauses))
        assert isinstance(found, Hinted)
        for _ in range(40):
            clauses = list(formula.clauses)
            clauses[rng.randrange(len(clauses))] = (1, -1)
            weaker = Formula.of(formula.variables, clauses)
            changed = mutated(rng, list(found.steps), formula.variables)
            if check(weaker, changed).outcome is Outcome.REFUTED:
                assert find_model(weaker) is None
            if check(formula, changed).outcome is Outcome.REFUTED:
                assert naive_lrat.refutes(formula, changed)


literals = st.integers(-4, 4).filter(bool)
additions = st.tuples(
    st.lists(literals, max_size=3), st.lists(st.integers(-9, 9).filter(bool), max_size=4)
)


@given(st.lists(st.lists(literals, max_size=3), max_size=6), st.lists(additions, max_size=5))
@settings(max_examples=300, deadline=None)
def test_random_steps_never_refute_what_has_a_model(
    clauses: list[list[int]], drawn: list[tuple[list[int], list[int]]]
) -> None:
    formula = Formula.of(4, clauses)
    first = len(clauses) + 1
    steps = [Addition(first + i, tuple(c), tuple(h)) for i, (c, h) in enumerate(drawn)]
    if check(formula, steps).outcome is Outcome.REFUTED:
        assert find_model(formula) is None
        assert naive_lrat.refutes(formula, list(steps))


def test_the_budget_is_exact_and_running_out_is_no_verdict() -> None:
    (formula,) = unsatisfiable(20, 1)
    lemmas = refutation(formula)
    assert lemmas
    steps = hinted(formula, lemmas)
    full = check(formula, steps)
    assert check(formula, steps, full.steps) == full
    for budget in (0, 1, full.steps - 1):
        assert check(formula, steps, budget).outcome is Outcome.BUDGET
