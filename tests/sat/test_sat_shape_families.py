"""Every shape in a family: answers, twins that nothing trivial tells apart, seeds that share nothing."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator

import pytest

import verigym
from verigym.audit.features import FEATURES, auc
from verigym.envs.sat.decide import SatDecide
from verigym.envs.sat.family import is_trivial
from verigym.envs.sat.shapes import SHAPES
from verigym.envs.sat.shapes.crafted import Crafted
from verigym.envs.sat.solver import find_model
from verigym.envs.sat.twins import balanced_twin, satisfiable_twin
from verigym.errors import FamilyError
from verigym.verifiers.cnf import Formula

CRAFTED = [name for name, shape in SHAPES.items() if shape.unsatisfiable]
SMALL = {
    "random": {"n": 10}, "mixed": {"n": 12}, "powerlaw": {"n": 10}, "community": {"n": 12, "communities": 3},
    "pigeonhole": {"n": 3}, "vdw": {"n": 3},
}  # fmt: skip
"""Sizes to draw many formulas of quickly, where the default is larger."""
PAIRS = 40
NOISE = 0.066
"""The standard deviation of the AUC of a feature that tells nothing, for 40 against 40."""


def deciding(name: str, **knobs: object) -> SatDecide:
    family = verigym.family("sat/decide", shape=name, **{**SMALL.get(name, {}), **knobs})
    assert isinstance(family, SatDecide)
    return family


def pairs(name: str, count: int) -> list[tuple[Formula, Formula]]:
    family = deciding(name)
    return [family.draw_pair(family.stream("train", index)) for index in range(count)]


def features(formula: Formula) -> Iterator[tuple[str, float]]:
    clauses, n = formula.clauses, formula.variables
    literals = [literal for clause in clauses for literal in clause]
    yield "repeated clauses", len(clauses) - len(set(map(frozenset, clauses)))
    yield "same variables", len(clauses) - len({frozenset(map(abs, clause)) for clause in clauses})
    yield "tautologies", sum(-x in clause for clause in clauses for x in clause)
    yield "unsorted", sum(tuple(sorted(c, key=abs)) != c for c in clauses)
    yield "positive literals", sum(literal > 0 for literal in literals)
    yield "pure literals", sum((x in literals) != (-x in literals) for x in range(1, n + 1))
    yield "clauses of one sign", sum(len({x > 0 for x in clause}) == 1 for clause in clauses)
    yield "first literal", literals[0]
    yield "last literal", literals[-1]


def told_apart(name: str, twins: list[tuple[Formula, Formula]]) -> dict[str, float]:
    """For each trivial feature how far its AUC is from one half."""
    family = deciding(name)
    columns: dict[str, list[float]] = {}
    for formula in [formula for pair in twins for formula in pair]:
        prompt = family.prompt(formula, family.spec(formula))
        shown = {name: feature(prompt) for name, feature in FEATURES.items()}
        for feature, value in {**shown, **dict(features(formula))}.items():
            columns.setdefault(feature, []).append(value)
    labels = [False, True] * len(twins)
    return {feature: abs(auc(values, labels) - 0.5) for feature, values in columns.items()}


@pytest.mark.parametrize("name", SHAPES)
def test_no_trivial_feature_tells_twins_apart(name: str) -> None:
    twins = pairs(name, PAIRS)
    for unsatisfiable, satisfiable in twins:
        assert find_model(unsatisfiable) is None
        assert find_model(satisfiable) is not None
        assert not is_trivial(satisfiable)
        clauses = [Counter(map(frozenset, formula.clauses)) for formula in (satisfiable, unsatisfiable)]
        assert 1 <= (clauses[0] - clauses[1]).total() <= len(satisfiable.clauses) / 2
    for feature, distance in told_apart(name, twins).items():
        assert distance < 3.5 * NOISE, feature


@pytest.mark.parametrize("name", CRAFTED)
def test_crafted_twins_have_the_same_literals_and_the_same_lengths(name: str) -> None:
    for pair in pairs(name, 8):
        one, two = (Counter(x for clause in f.clauses for x in clause) for f in pair)
        assert one == two
        assert [len(clause) for clause in pair[0].clauses] == [
            len(clause) for clause in pair[1].clauses
        ]


def test_one_changed_sign_would_show_in_crafted_formulas() -> None:
    """Which is why their twins are balanced: here the test above finds what it must find."""
    rng = random.Random(0)
    shape = SHAPES["pigeonhole"]
    formulas = [shape.build(rng, {"n": 3, "padding": 0.0}) for _ in range(PAIRS)]
    leaking = [(formula, satisfiable_twin(rng, formula)) for formula in formulas]
    assert told_apart("pigeonhole", leaking)["one-sidedness of signs"] > 0.05
    balanced = [(formula, balanced_twin(rng, formula)) for formula in formulas]
    assert told_apart("pigeonhole", balanced)["one-sidedness of signs"] < 1e-9


def test_what_has_no_pair_of_signs_has_no_balanced_twin() -> None:
    with pytest.raises(FamilyError, match="no signs of this formula can be swapped"):
        balanced_twin(random.Random(0), Formula(2, ((1,), (), (1, 2))))


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("family_name", ["sat/solve", "sat/decide"])
def test_references_are_right_and_null_answers_are_not(family_name: str, name: str) -> None:
    family = verigym.family(family_name, shape=name)
    for index in (0, 1):
        task = family.sample("train", index)
        assert task.difficulty["shape"] == name
        assert verigym.verify(task, family.reference(task)).correct
        for answer in family.null_answers(task):
            assert verigym.verify(task, answer).reward == 0.0, answer


@pytest.mark.parametrize("name", SHAPES)
def test_no_single_literal_is_the_refutation_of_many_tasks(name: str) -> None:
    """Of SATQuest's mixed lengths most are refuted by one literal, and many by that of the example."""
    family = deciding(name)
    for index in range(4):
        unsatisfiable, _ = family.draw_pair(family.stream("train", 2 * index))
        task = family.pose(unsatisfiable, {})
        for v in range(-unsatisfiable.variables, unsatisfiable.variables + 1):
            assert not verigym.verify(task, f"{v} 0\n0").correct


def test_where_one_literal_refutes_all_it_is_not_the_examples() -> None:
    family = deciding("mixed", n=3, ratio=3.5)
    example = "<answer>\n2 0\n0\n</answer>"
    by_one = 0
    for index in range(6):
        unsatisfiable, _ = family.draw_pair(family.stream("train", 2 * index))
        task = family.pose(unsatisfiable, {})
        assert example in task.text
        assert not verigym.verify(task, example).correct
        # In tags, an echo of the prompt ends as its example.
        assert not verigym.verify(task, f"<answer>{task.text}</answer>").correct
        by_one += any(verigym.verify(task, f"{v} 0\n0").correct for v in (1, 3))
    assert by_one  # there are no others of three variables


@pytest.mark.parametrize("name", SHAPES)
def test_no_item_is_shared_between_splits_seeds_and_families(name: str) -> None:
    found: list[frozenset[frozenset[int]]] = []
    for family_name in ("sat/solve", "sat/decide"):
        for split, seed in (("train", 0), ("test", 0), ("train", 1)):
            family = verigym.family(family_name, shape=name, seed=seed)
            found += [
                frozenset(map(frozenset, family.sample(split, i).spec["clauses"])) for i in (0, 2)
            ]
    assert len(set(found)) == len(found) == 12


DIGEST = "095e136eafe2bf149c994cc47a219fa6da6b987024cfc00f3b99ffe351d8acad"
CODE = """
import hashlib, random
from verigym.envs.sat.shapes import SHAPES
digest = hashlib.sha256()
for name, shape in SHAPES.items():
    rng = random.Random(7)
    formula = shape.build(rng, shape.configure({}, {3: 4.2}))
    digest.update(repr(formula.clauses).encode())
    if shape.unsatisfiable:
        digest.update(repr(shape.twin(rng, formula).clauses).encode())
print(digest.hexdigest())
"""


def test_formulas_are_the_same_everywhere() -> None:
    """Under each hash seed, on every supported Python, with every release of the solver."""
    found = {
        subprocess.run(
            [sys.executable, "-c", CODE],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            text=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert found == {DIGEST}


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"shape": "cube"}, "shape is 'cube'; there are: random, mixed, powerlaw"),
        ({"shape": 3}, "shape is 3"),
        ({"shape": "pigeonhole", "ratio": 4}, "the shape pigeonhole has no ratio; it has n"),
        ({"degree": 3}, "the shape random has no degree; it has n, ratio, k"),
        ({"shape": "tseitin", "encoding": "binomial"}, "the shape tseitin has no encoding"),
    ],
)
def test_knobs_of_other_shapes_are_refused(knobs: dict[str, object], message: str) -> None:
    with pytest.raises(FamilyError) as error:
        verigym.family("sat/solve", **knobs)
    assert message in str(error.value)


def test_each_size_is_a_knob_that_says_what_it_is() -> None:
    meaning = SatDecide.knobs
    for name, shape in SHAPES.items():
        assert shape.name == name
        assert name in meaning["shape"]
        for size in shape.sizes:
            part = next(p for p in meaning[size].split("; ") if name in p.partition(":")[0].split(", "))
            told = "" if size in ("ratio", "padding") else f" ({shape.sizes[size].default})"
            assert part.endswith(f": {shape.sizes[size].meaning}{told}")


@pytest.mark.parametrize("name", CRAFTED)
def test_padding_adds_clauses_and_keeps_the_formula_unsatisfiable(name: str) -> None:
    shape = SHAPES[name]
    assert isinstance(shape, Crafted)
    sizes = shape.configure({**SMALL.get(name, {}), "padding": 0.5}, {})
    for seed in range(3):
        variables, clauses = shape.write(random.Random(seed), sizes)
        formula = shape.build(random.Random(seed), sizes)
        assert formula.variables == variables
        assert len(formula.clauses) == len(clauses) + round(0.5 * len(clauses))
        assert len(set(map(frozenset, formula.clauses))) == len(formula.clauses)
        added = Counter(map(len, formula.clauses)) - Counter(map(len, clauses))
        assert set(added) == {3}
        assert find_model(formula) is None


def test_families_pad_crafted_formulas_where_they_must() -> None:
    for family_name in ("sat/mus", "sat/mcs", "sat/maxsat"):
        family = verigym.family(family_name, shape="pigeonhole", n=3)
        task = family.sample()
        assert task.difficulty["padding"] == 1.0
        assert verigym.verify(task, family.reference(task)).correct
        assert all(verigym.verify(task, x).reward == 0.0 for x in family.null_answers(task))
        bare = verigym.family(family_name, shape="vdw", n=3, padding=0)
        assert bare.config["padding"] == 0.0
    assert deciding("pigeonhole").sizes["padding"] == 0.0
