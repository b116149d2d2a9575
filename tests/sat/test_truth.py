"""Truth tables agree with evaluating each assignment."""

from __future__ import annotations

from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from verigym.verifiers.truth import MAX_VARIABLES, Table, covered, table

Clauses = list[list[int]]


def clauses_of(n: int) -> st.SearchStrategy[Clauses]:
    literals = [sign * v for v in range(1, n + 1) for sign in (1, -1)]
    clause = st.lists(st.sampled_from(literals), max_size=4) if n else st.just([])
    return st.lists(clause, max_size=9)


instances = st.integers(0, 5).flatmap(lambda n: st.tuples(st.just(n), clauses_of(n)))


def holds(clauses: Clauses, literals: tuple[int, ...]) -> bool:
    return all(any(x in literals for x in clause) for clause in clauses)


def every(n: int) -> list[tuple[int, ...]]:
    """All assignments, variable 1 changing fastest."""
    return [tuple(reversed(t)) for t in product(*[(-v, v) for v in range(n, 0, -1)])]


@settings(max_examples=400, deadline=None)
@given(instances)
def test_models_are_those_that_evaluation_finds(instance: tuple[int, Clauses]) -> None:
    n, clauses = instance
    rows = table(n).models(clauses)
    assert list(table(n).assignments(rows)) == [a for a in every(n) if holds(clauses, a)]


@settings(max_examples=300, deadline=None)
@given(instances, st.data())
def test_a_projection_keeps_what_extends_to_a_model(
    instance: tuple[int, Clauses], data: st.DataObject
) -> None:
    n, clauses = instance
    kept = data.draw(st.sets(st.integers(1, n))) if n else set()
    seen = {tuple(x for x in a if abs(x) in kept) for a in every(n) if holds(clauses, a)}
    rows = table(n).project(table(n).models(clauses), kept)
    for row, a in enumerate(every(n)):
        assert bool(rows >> row & 1) == (tuple(x for x in a if abs(x) in kept) in seen)


@settings(max_examples=300, deadline=None)
@given(instances)
def test_redundant_clauses_are_those_without_which_there_is_still_no_model(
    instance: tuple[int, Clauses],
) -> None:
    n, clauses = instance
    if table(n).models(clauses):
        clauses = [*clauses, []]
    falsified = [table(n).falsified(clause) for clause in clauses]
    once, twice = covered(falsified)
    assert once == table(n).all
    spare = [i for i, rows in enumerate(falsified) if not rows & ~twice]
    for i in range(len(clauses)):
        assert (i in spare) == (not table(n).models(clauses[:i] + clauses[i + 1 :]))


def test_the_largest_table_holds_every_pair_of_literals() -> None:
    large = table(MAX_VARIABLES)
    quarter = large.rows // 4
    for a, b in combinations(range(1, MAX_VARIABLES + 1), 2):
        assert (large.where(a) & large.where(-b)).bit_count() == quarter
    with pytest.raises(ValueError, match="at most 20"):
        Table(MAX_VARIABLES + 1)
    with pytest.raises(KeyError):
        table(3).where(4)
