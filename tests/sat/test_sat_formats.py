"""Formats say the same: each one's text is read back, by rules of its own, into the formula it shows."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import verigym
from verigym.envs.sat.formats import FORMATS, format_named
from verigym.errors import FamilyError
from verigym.verifiers import dimacs
from verigym.verifiers.cnf import Formula

Clauses = list[tuple[int, ...]]


def read_math(text: str) -> Formula:
    first, *rows = re.sub(r"\\(begin|end)\{aligned\}\n", "", text).rstrip("\n").split(" \\\\\n")
    sizes = re.fullmatch(
        r"n &= (\d+), \\quad m = (\d+), \\quad F = \\bigwedge_\{i=1\}\^\{m\} C_\{i\}", first
    )
    assert sizes is not None
    clauses: Clauses = []
    for number, row in enumerate(rows, 1):
        head, _, body = row.partition(" &= ")
        assert head == f"C_{{{number}}}"
        literals = [] if body == r"\bot" else body.split(r" \lor ")
        found = [re.fullmatch(r"(\\lnot )?x_\{(\d+)\}", literal) for literal in literals]
        clauses.append(tuple(-int(m[2]) if m[1] else int(m[2]) for m in found if m))
        assert all(found)
    assert len(clauses) == int(sizes[2])
    return Formula(int(sizes[1]), tuple(clauses))


def guests(text: str) -> tuple[int, list[str]]:
    first, *lines = text.splitlines()
    counts = re.fullmatch(r"Lamps: (\d+)\. Guests: (\d+)\.", first)
    assert counts is not None
    assert len(lines) == int(counts[2])
    said = []
    for number, line in enumerate(lines, 1):
        assert line.startswith(f"Guest {number} ")
        assert line.endswith(".")
        said.append(line.removeprefix(f"Guest {number} ").removesuffix("."))
    return int(counts[1]), said


def lamp(text: str, pattern: str) -> int:
    match = re.fullmatch(pattern, text)
    assert match is not None, text
    return int(match[1]) if match[2] == "lit" else -int(match[1])


def read_story(text: str) -> Formula:
    lamps, said = guests(text)
    clauses: Clauses = []
    for line in said:
        wishes = line.removeprefix("wants ")
        parts = [] if wishes == "what no lamp can give" else wishes.split(", or ")
        clauses.append(tuple(lamp(part, r"lamp (\d+) to be (lit|dark)") for part in parts))
    return Formula(lamps, tuple(clauses))


def read_dualstory(text: str) -> Formula:
    """The guest stays, so some complaint does not hold: the literals are negated, by De Morgan."""
    lamps, said = guests(text)
    clauses: Clauses = []
    for line in said:
        held = line.removeprefix("leaves exactly when ")
        parts = [] if line == "leaves in any case" else held.split(" and ")
        clauses.append(tuple(-lamp(part, r"lamp (\d+) is (lit|dark)") for part in parts))
    return Formula(lamps, tuple(clauses))


READERS = {
    "dimacs": dimacs.parse,
    "math": read_math,
    "story": read_story,
    "dualstory": read_dualstory,
}


@st.composite
def formulas(draw: st.DrawFn) -> Formula:
    n = draw(st.integers(0, 12))
    literals = st.sampled_from([sign * v for v in range(1, max(n, 1) + 1) for sign in (1, -1)])
    clauses = st.lists(st.lists(literals, max_size=5) if n else st.just([]), max_size=8)
    return Formula.of(n, draw(clauses))


def test_each_format_is_read_back_here() -> None:
    assert set(READERS) == set(FORMATS)


@given(formulas())
def test_a_text_says_what_the_formula_says(formula: Formula) -> None:
    for name, read in READERS.items():
        assert read(FORMATS[name].write(formula)) == formula, name


@pytest.mark.parametrize("name", FORMATS)
def test_what_is_repeated_empty_or_unused_is_shown_as_it_is(name: str) -> None:
    odd = Formula(5, ((), (3,), (3,), (-1, -1, 1), (), (2, 3)))
    assert READERS[name](FORMATS[name].write(odd)) == odd
    assert READERS[name](FORMATS[name].write(Formula(0, ()))) == Formula(0, ())


@pytest.mark.parametrize("name", FORMATS)
def test_how_it_is_read_ties_it_to_variables_literals_and_clauses(name: str) -> None:
    explained = FORMATS[name].explained
    for word in ("variable 5", " -5 ", "clause", "literals", "negation", "formula"):
        assert word in explained, word
    if name != "dimacs":
        assert "clause 3" in explained


@pytest.mark.parametrize("family", ["sat/solve", "sat/decide"])
def test_a_format_changes_nothing_but_the_prompt(family: str) -> None:
    posed = {name: verigym.family(family, n=8, format=name) for name in FORMATS}
    for index in range(4):
        tasks = {name: posed[name].sample("train", index) for name in FORMATS}
        assert len({task.text for task in tasks.values()}) == len(FORMATS)
        assert len({task.spec["clauses"] for task in tasks.values()}) == 1
        for name, task in tasks.items():
            shown = task.text.rpartition(f"```{FORMATS[name].language}\n")[2].removesuffix("```")
            assert READERS[name](shown).clauses == task.spec["clauses"]
            assert FORMATS[name].explained in task.text
            answer = posed["dimacs"].reference(tasks["dimacs"])
            assert verigym.verify(task, answer).correct
            for null in posed[name].null_answers(task):
                assert verigym.verify(task, null).reward == 0.0, null


def test_an_unknown_format_is_named() -> None:
    with pytest.raises(FamilyError, match="format is 'verse'; there are: dimacs, math, story, dual"):
        verigym.family("sat/solve", format="verse")
    with pytest.raises(FamilyError, match="format is None"):
        format_named(None)
