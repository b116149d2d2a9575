"""Random shapes beside the uniform one: what their distributions promise, and their limits."""

from __future__ import annotations

import random
from collections import Counter
from statistics import mean

import pytest

import verigym
from verigym.envs.sat.shapes import SHAPES, drawn
from verigym.envs.sat.solver import find_model
from verigym.errors import FamilyError
from verigym.verifiers.cnf import Formula

RANDOM = ("mixed", "powerlaw", "community")
RATIOS = {2: 1.0, 3: 4.26, 4: 9.93, 5: 21.1}


def built(name: str, seed: int = 0, **sizes: object) -> Formula:
    shape = SHAPES[name]
    return shape.build(random.Random(seed), shape.configure(sizes, RATIOS))


@pytest.mark.parametrize("name", RANDOM)
def test_clauses_are_different_and_of_different_variables(name: str) -> None:
    for seed in range(10):
        formula = built(name, seed)
        n = formula.variables
        assert len(formula.clauses) == round(SHAPES[name].configure({}, RATIOS)["ratio"] * n)
        assert len(set(map(frozenset, formula.clauses))) == len(formula.clauses)
        for clause in formula.clauses:
            assert list(clause) == sorted(clause, key=abs)
            assert len(set(map(abs, clause))) == len(clause)
        assert built(name, seed) == formula
    assert len({built(name, seed) for seed in range(20)}) == 20


@pytest.mark.parametrize("name", RANDOM)
def test_defaults_give_formulas_of_both_kinds(name: str) -> None:
    found = [find_model(built(name, seed)) is not None for seed in range(60)]
    assert 10 <= sum(found) <= 58


def test_mixed_lengths_are_satquests() -> None:
    draw = SHAPES["mixed"].drawer(random.Random(0), {"n": 1_000})
    lengths = Counter(len(draw()) for _ in range(20_000))
    expected = {2: 0.3 * 0.7, 3: 0.3 * 0.21 + 0.7 * 0.7, 4: 0.3 * 0.063 + 0.7 * 0.21}
    for length, share in expected.items():
        assert abs(lengths[length] / 20_000 - share) < 0.015
    assert min(lengths) == 2
    for n in (3, 4):  # its smallest, four clauses for each variable; none is longer than n
        formula = built("mixed", n=n, ratio=4)
        assert (formula.variables, len(formula.clauses)) == (n, 4 * n)
        assert set(map(len, formula.clauses)) <= set(range(2, n + 1))


def top_share(exponent: float) -> float:
    """How much of all occurrences the most frequent tenth of 100 variables has."""
    formula = built("powerlaw", n=100, ratio=3, exponent=exponent)
    counts = Counter(abs(x) for clause in formula.clauses for x in clause)
    return sum(count for _, count in counts.most_common(10)) / sum(counts.values())


def test_a_power_law_makes_few_variables_popular() -> None:
    even, law = top_share(0), top_share(0.8)
    assert even < 0.2
    # 10 of the weights i^-0.8, i = 1 to 100, have 0.42 of their sum; a clause takes each one only once.
    assert 0.3 < law < 0.5
    first = [
        Counter(abs(x) for c in built("powerlaw", seed, n=50).clauses for x in c).most_common(1)[0][0]
        for seed in range(12)
    ]
    assert len(set(first)) > 6  # not always the same one


def modularity(formula: Formula, parts: int) -> float:
    """The share of clauses within a part less what chance gives, for the best parts that are even.

    The parts are found again from which variables ever meet in a clause, given a modularity so high
    that hardly any clause crosses.
    """
    neighbours = Counter(
        (abs(x), abs(y)) for clause in formula.clauses for x in clause for y in clause if x != y
    )
    part: dict[int, int] = {}
    for v in range(1, formula.variables + 1):
        votes = Counter({p: sum(neighbours[v, w] for w in part if part[w] == p) for p in part.values()})
        best = votes.most_common(1)
        part[v] = best[0][0] if best and best[0][1] > 3 else len(set(part.values()))
    inside = mean(len({part[abs(x)] for x in clause}) == 1 for clause in formula.clauses)
    return inside - 1 / parts


def test_communities_keep_to_themselves() -> None:
    sizes = {"n": 40, "ratio": 10, "communities": 4}
    high = [modularity(built("community", seed, modularity=0.7, **sizes), 4) for seed in range(5)]
    assert all(0.5 < found < 0.8 for found in high)
    met = [
        len({frozenset((abs(x), abs(y))) for c in formula.clauses for x in c for y in c if x != y})
        for formula in (built("community", modularity=q, **sizes) for q in (0.0, 0.7))
    ]
    assert met[0] > 1.5 * met[1]  # pairs of variables that ever meet


def test_a_shape_takes_the_familys_ratio_for_its_length() -> None:
    for name in ("powerlaw", "community"):
        shape = SHAPES[name]
        assert isinstance(shape, drawn.Drawn)
        for k in (2, 3, 4):
            assert shape.configure({"k": k}, RATIOS)["ratio"] == round(shape.scale * RATIOS[k], 2)
        assert shape.configure({"ratio": 2}, RATIOS)["ratio"] == 2.0
        assert shape.configure({"ratio": None}, RATIOS) == shape.configure({}, RATIOS)


def test_when_no_new_clause_comes_any_more_it_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawn, "TRIES", 1)
    with pytest.raises(FamilyError, match="gave no new clause in 1 draws: choose a lower ratio"):
        built("mixed", n=3, ratio=5)


@pytest.mark.parametrize(
    ("name", "sizes", "message"),
    [
        ("mixed", {"n": 3, "ratio": 6}, "n = 3 with ratio = 6.0 asks for 18 clauses"),
        ("mixed", {"ratio": 0.01}, "asks for 0 clauses"),
        ("mixed", {"n": 2}, "n is 2; it must be an int from 3"),
        ("powerlaw", {"n": 4, "k": 5}, "n is 4; it must be at least k = 5"),
        ("powerlaw", {"exponent": 1.5}, "exponent is 1.5; it must be a number from 0.0 to 1.0"),
        ("powerlaw", {"exponent": float("nan")}, "exponent is nan"),
        ("community", {"communities": 2}, "communities is 2; there must be at least k = 3"),
        ("community", {"n": 10}, "n = 10 in 4 communities leaves 2 variables in one"),
        ("community", {"modularity": 0.9}, "with 4 communities it is at most 0.75"),
        ("community", {"n": 12, "ratio": 10}, "asks for 120 clauses"),
    ],
)
def test_sizes_that_do_not_fit_are_named(name: str, sizes: dict[str, object], message: str) -> None:
    with pytest.raises(FamilyError) as error:
        verigym.family("sat/solve", shape=name, **sizes)
    assert message in str(error.value)
