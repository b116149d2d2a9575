"""Crafted shapes: as large as in the literature, unsatisfiable, and mostly for one reason only."""

from __future__ import annotations

import math
import random
from collections import Counter
from itertools import combinations, product

import pytest

from verigym.envs.sat.shapes import SHAPES, graphs
from verigym.envs.sat.shapes.cardinality import ENCODINGS
from verigym.envs.sat.shapes.crafted import Crafted
from verigym.envs.sat.shapes.scramble import scrambled, shuffled
from verigym.envs.sat.shapes.vdw import NUMBERS, progressions
from verigym.envs.sat.shapes.xor import xor
from verigym.envs.sat.solver import find_model
from verigym.errors import FamilyError
from verigym.verifiers.cnf import Formula

CRAFTED = [name for name, shape in SHAPES.items() if shape.unsatisfiable]


def built(name: str, seed: int = 0, **sizes: object) -> Formula:
    shape = SHAPES[name]
    return shape.build(random.Random(seed), shape.configure(sizes, {3: 4.26}))


def written(name: str, seed: int = 0, **sizes: object) -> Formula:
    """As it stands before it is scrambled."""
    shape = SHAPES[name]
    assert isinstance(shape, Crafted)
    return Formula.of(*shape.write(random.Random(seed), shape.configure(sizes, {})))


def has_model(formula: Formula) -> bool:
    """By trying all assignments."""
    clauses = [
        (sum(1 << x for x in clause if x > 0), sum(1 << -x for x in clause if x < 0))
        for clause in formula.clauses
    ]
    return any(
        all(true & positive or ~true & negative for positive, negative in clauses)
        for true in range(0, 2 << formula.variables, 2)
    )


def lengths(formula: Formula) -> dict[int, int]:
    return dict(Counter(map(len, formula.clauses)))


def size(name: str, **sizes: object) -> tuple[int, dict[int, int]]:
    formula = built(name, **sizes)
    return formula.variables, lengths(formula)


@pytest.mark.parametrize("n", [3, 5, 7])
def test_pigeonhole_has_the_size_of_cook_and_reckhow(n: int) -> None:
    binary = n * math.comb(n + 1, 2)
    assert size("pigeonhole", n=n) == (n * (n + 1), {n: n + 1, 2: binary})


@pytest.mark.parametrize(("n", "degree"), [(4, 3), (8, 3), (5, 4), (5, 2), (30, 3)])
def test_tseitin_has_a_clause_for_each_wrong_parity(n: int, degree: int) -> None:
    assert size("tseitin", n=n, degree=degree) == (
        n * degree // 2,
        {degree: n * 2 ** (degree - 1)},
    )


@pytest.mark.parametrize("n", [4, 6, 20])
def test_parity_has_two_chains_of_threes(n: int) -> None:
    assert size("parity", n=n) == (n + 2 * (n - 3), {3: 8 * (n - 2)})


@pytest.mark.parametrize("n", [5, 8, 14])
def test_ordering_has_all_threes_and_a_clause_for_each_element(n: int) -> None:
    assert size("ordering", n=n) == (math.comb(n, 2), {3: 2 * math.comb(n, 3), n - 1: n})
    if n == 8:
        expected = {3: 2 * math.comb(n, 3) + n}
        assert size("ordering", n=n, degree=3) == (math.comb(n, 2), expected)


@pytest.mark.parametrize(("n", "colours"), [(1, 2), (3, 2), (4, 3), (10, 2)])
def test_pebbling_has_a_clause_for_each_way_to_carry_a_stone(n: int, colours: int) -> None:
    stones = (n + 1) * (n + 2) // 2
    carried = colours**2 * n * (n + 1) // 2
    expected = {colours: n + 1, 1: colours, colours + 2: carried}
    assert size("pebbling", n=n, colours=colours) == (colours * stones, expected)


@pytest.mark.parametrize("n", [4, 5, 8])
def test_a_chessboard_has_a_variable_for_each_place(n: int) -> None:
    formula = built("chessboard", n=n)
    assert formula.variables == 2 * n * (n - 1) - 4
    neighbours = Counter(
        sum(
            other not in ((0, 0), (n - 1, n - 1)) and min(other) >= 0 and max(other) < n
            for other in ((r + 1, c), (r - 1, c), (r, c + 1), (r, c - 1))
        )
        for r, c in product(range(n), repeat=2)
        if (r, c) not in ((0, 0), (n - 1, n - 1))
    )
    expected = Counter(neighbours)
    expected[2] += sum(count * math.comb(k, 2) for k, count in neighbours.items())
    assert lengths(formula) == dict(expected)


def test_colouring_stops_at_the_edge_that_is_too_many() -> None:
    for seed, colours in product(range(6), (2, 3, 4)):
        formula = written("colouring", seed, n=7, colours=colours)
        assert formula.variables == 7 * colours
        assert lengths(formula)[colours] >= 7
        assert (len(formula.clauses) - 7) % colours == 0
        assert find_model(formula) is None
        assert find_model(Formula(formula.variables, formula.clauses[:-colours])) is not None


def test_clique_is_of_a_graph_in_parts() -> None:
    for seed, k in product(range(5), (3, 4)):
        n = 7
        formula = written("clique", seed, n=n, k=k)
        assert (formula.variables, len(formula.clauses[0])) == (k * n, n)
        apart, same = divmod(len(formula.clauses) - k - math.comb(k, 2) * n, 2 * math.comb(k, 2))
        assert not same
        between = [(x - 1, y - 1) for x, y in ((-c[0], -c[1] - n) for c in formula.clauses[k:])
                   if 0 < x <= n and 0 < y <= n and x != y]  # fmt: skip
        assert len(between) == 2 * apart
        edges = [p for p in combinations(range(n), 2) if p not in between]
        assert edges
        assert len(edges) == math.comb(n, 2) - apart
        assert all(one % (k - 1) != two % (k - 1) for one, two in edges)


@pytest.mark.parametrize(("k", "n"), [(3, 3), (3, 4), (3, 5), (3, 6), (3, 7), (4, 4)])
def test_van_der_waerdens_numbers_are_the_least(k: int, n: int) -> None:
    last = NUMBERS[k, n]
    assert find_model(built("vdw", k=k, n=n)) is None
    fewer = [[-x for x in numbers] for numbers in progressions(last - 1, k)]
    assert find_model(Formula.of(last - 1, fewer + progressions(last - 1, n))) is not None


def test_progressions_are_all_there_once() -> None:
    assert progressions(5, 3) == [[1, 2, 3], [2, 3, 4], [3, 4, 5], [1, 3, 5]]
    for last, length in ((9, 3), (18, 4), (35, 5)):
        count = sum((last - 1 - a) // (length - 1) for a in range(last - 1))
        found = set(map(tuple, progressions(last, length)))
        assert len(found) == len(progressions(last, length)) == count
        assert all(min(numbers) >= 1 and max(numbers) <= last for numbers in found)
    assert built("vdw", extra=5).variables == 23


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_an_encoding_says_at_most_so_many(encoding: str) -> None:
    for n, bound in ((2, 1), (3, 1), (4, 2), (5, 2), (5, 3), (4, 0)):
        clauses, last = ENCODINGS[encoding](range(1, n + 1), bound, n)
        for values in product((1, -1), repeat=n):
            fixed = [[sign * v] for v, sign in enumerate(values, 1)]
            possible = find_model(Formula.of(last, clauses + fixed)) is not None
            assert possible == (values.count(1) <= bound), (n, bound, values)


def test_encodings_have_the_published_sizes() -> None:
    for n, k in ((3, 1), (6, 2), (10, 4)):
        clauses, last = ENCODINGS["sequential"](range(1, n + 1), k, n)
        assert (len(clauses), last - n) == (2 * n * k + n - 3 * k - 1, (n - 1) * k)  # Sinz 2005
        clauses, last = ENCODINGS["binomial"](range(1, n + 1), k, n)
        assert (len(clauses), last) == (math.comb(n, k + 1), n)
    assert size("atmost", n=6, k=2, encoding="binomial") == (6, {3: 20, 4: 15})


@pytest.mark.parametrize("odd", [0, 1])
def test_xor_forbids_the_other_parity(odd: int) -> None:
    formula = Formula.of(4, xor([1, 2, 3, 4], odd))
    for values in product((1, -1), repeat=4):
        model = [sign * v for v, sign in enumerate(values, 1)]
        assert (formula.satisfied(model) == 8) == (values.count(1) % 2 == odd)


SMALL = [
    ("pigeonhole", {"n": 3}), ("tseitin", {"n": 4}), ("tseitin", {"n": 6}),
    ("tseitin", {"n": 5, "degree": 4}), ("parity", {"n": 4}), ("parity", {"n": 6}),
    ("ordering", {"n": 4}), ("ordering", {"n": 5}), ("ordering", {"n": 4, "degree": 3}),
    ("pebbling", {"n": 1}), ("pebbling", {"n": 2}), ("chessboard", {"n": 4}), ("vdw", {"n": 3}),
    ("colouring", {"n": 4}), ("colouring", {"n": 5, "colours": 2}), ("clique", {"n": 4}),
    ("atmost", {"n": 4, "k": 1, "encoding": "binomial"}),
    ("atmost", {"n": 4, "k": 2, "encoding": "totalizer"}), ("atmost", {"n": 3, "k": 1}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "sizes"), SMALL)
def test_small_ones_have_no_model_at_all(name: str, sizes: dict[str, object]) -> None:
    formula = built(name, 1, **sizes)
    if formula.variables <= 12:
        assert not has_model(formula)
    assert find_model(formula) is None


@pytest.mark.parametrize("name", ["pigeonhole", "tseitin", "parity", "ordering", "pebbling"])
def test_each_clause_is_needed(name: str) -> None:
    sizes: dict[str, object] = {"n": 3} if name == "pigeonhole" else {}
    formula = built(name, **sizes)
    for i in range(len(formula.clauses)):
        rest = formula.clauses[:i] + formula.clauses[i + 1 :]
        assert find_model(Formula(formula.variables, rest)) is not None


@pytest.mark.parametrize("name", CRAFTED)
def test_formulas_are_clean_and_differ_from_each_other(name: str) -> None:
    formulas = [built(name, seed) for seed in range(20)]
    assert len({frozenset(map(frozenset, formula.clauses)) for formula in formulas}) == 20
    for formula in formulas:
        assert formula.oversized() is None
        assert {abs(x) for clause in formula.clauses for x in clause} == set(
            range(1, formula.variables + 1)
        )
        assert len(set(map(frozenset, formula.clauses))) == len(formula.clauses)
        assert all(len({abs(x) for x in clause}) == len(clause) for clause in formula.clauses)
    assert built(name, 3) == built(name, 3)


@pytest.mark.parametrize("name", CRAFTED)
def test_the_largest_sizes_are_still_tasks(name: str) -> None:
    shape = SHAPES[name]
    largest = {"atmost": {"k": 6, "encoding": "binomial"}, "tseitin": {"degree": 4}}
    sizes = {"n": getattr(shape.sizes["n"], "high"), **largest.get(name, {})}  # noqa: B009
    if name == "colouring":
        sizes["n"] = 20  # its edges are found by a solver
    assert built(name, **sizes).oversized() is None


def test_scrambling_hides_names_signs_and_orders_and_changes_nothing_else() -> None:
    clauses = [[1, 2, 3], [-1, -2], [-3], [4, -1]]
    rng = random.Random(0)
    found = [scrambled(rng, 4, clauses) for _ in range(300)]
    assert all(has_model(formula) for formula in found)
    assert all(lengths(formula) == {3: 1, 2: 2, 1: 1} for formula in found)
    units = Counter(next(c[0] for c in formula.clauses if len(c) == 1) for formula in found)
    assert set(units) == {1, -1, 2, -2, 3, -3, 4, -4}
    assert Counter(len(formula.clauses[0]) for formula in found).keys() == {1, 2, 3}
    occurs = [Counter(abs(x) for c in formula.clauses for x in c) for formula in found]
    assert all(sorted(count.values()) == [1, 2, 2, 3] for count in occurs)


def test_shuffling_is_fair() -> None:
    rng = random.Random(1)
    seen = Counter(tuple(shuffled(rng, "abc")) for _ in range(6_000))
    assert len(seen) == 6
    assert max(seen.values()) - min(seen.values()) < 200


@pytest.mark.parametrize(("n", "degree"), [(4, 3), (5, 2), (12, 3), (9, 4), (6, 5)])
def test_regular_graphs_are_simple_connected_and_regular(n: int, degree: int) -> None:
    for seed in range(10):
        edges = graphs.regular(random.Random(seed), n, degree)
        assert len(set(edges)) == len(edges) == n * degree // 2
        assert all(0 <= one < two < n for one, two in edges)
        assert set(Counter(end for edge in edges for end in edge).values()) == {degree}
        reached = {0}
        for _ in range(n):
            reached |= {end for edge in edges if reached & set(edge) for end in edge}
        assert len(reached) == n


@pytest.mark.parametrize(
    ("name", "sizes", "message"),
    [
        ("tseitin", {"n": 5}, "n = 5 vertices with degree = 3"),
        ("tseitin", {"n": 4, "degree": 4}, "degree must be below n"),
        ("ordering", {"n": 5, "degree": 3}, "n = 5 vertices with degree = 3"),
        ("colouring", {"n": 4, "colours": 4}, "n is 4; a graph of no more vertices"),
        ("clique", {"n": 4, "k": 5}, "n is 4; it must be at least k = 5"),
        ("vdw", {"n": 5, "k": 4}, "k = 4 with n = 5 is not at hand"),
        ("atmost", {"n": 4, "k": 3}, "k is 3; it must be at most n - 2 = 2"),
        ("atmost", {"encoding": "magic"}, "encoding is 'magic'; there are: sequential, tot"),
        ("atmost", {"encoding": 1}, "encoding is 1"),
        ("pigeonhole", {"n": 8}, "n is 8; it must be an int from 3 to 7"),
        ("pigeonhole", {"n": 4.0}, "n is 4.0"),
        ("parity", {"n": True}, "n is True"),
    ],
)
def test_sizes_that_do_not_fit_are_named(name: str, sizes: dict[str, object], message: str) -> None:
    with pytest.raises(FamilyError) as error:
        SHAPES[name].configure(sizes, {})
    assert message in str(error.value)
