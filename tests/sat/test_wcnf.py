"""The WCNF reader takes both forms of the format, and says where anything else is wrong."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pysat.formula import WCNF

from verigym.errors import FormatError
from verigym.verifiers import wcnf
from verigym.verifiers.wcnf import Weighted

ACCEPTED = {
    "p wcnf 3 2 10\n10 1 2 0\n3 -1 3 0\n": (3, [(1, 2), (-1, 3)], (None, 3)),
    "p wcnf 3 2\n10 1 2 0\n3 -1 3 0\n": (3, [(1, 2), (-1, 3)], (10, 3)),
    "p wcnf 5 1 7\n7 1\n2 0": (5, [(1, 2)], (None,)),  # over two lines, unused variables
    "c x\np wcnf 1 2 9\n1 1 0 9 -1 0\nc y": (1, [(1,), (-1,)], (1, None)),
    "h 1 2 0\n3 -2 0\n": (2, [(1, 2), (-2,)], (None, 3)),
    "c no header\n1 -7 0\n": (7, [(-7,)], (1,)),
    "h 0\n1 0\n": (0, [(), ()], (None, 1)),  # the empty clause, hard and soft
    "p wcnf 0 0 1": (0, [], ()),
    "18446744073709551615 1 0": (1, [(1,)], (2**64 - 1,)),
    "h 1\nc within\n 0": (1, [(1,)], (None,)),
}

REFUSED = {
    "": "1: the text ends without a clause, and without a header",
    "c only\n": "1: the text ends without a clause",
    "p cnf 1 1\n1 0\n": "1: 'p cnf 1 1' is not a header 'p wcnf",
    "p wcnf 1\n": "1: 'p wcnf 1' is not a header",
    "p wcnf 1 1 0\n": "1: 'p wcnf 1 1 0' is not a header",
    "p wcnf 1 1 +3\n": "is not a header",
    "p wcnf 1 1 3 4\n": "is not a header",
    "p wcnf 1 1 3\np wcnf 1 1 3\n": "2: a second header",
    "h 1 0\np wcnf 1 1 3\n": "2: a header after the first clause",
    "p wcnf 1 1 99999999999999999999\n": "is above 2^64 - 1",
    "99999999999999999999 1 0": "1: the weight 99999999999999999999 is above 2^64 - 1",
    "999999999999999999999 1 0": "is not a weight",
    "p wcnf 1 1 3\n4 1 0\n": "2: the weight 4 is above TOP, 3",
    "p wcnf 1 1 3\nh 1 0\n": "2: 'h' is not a weight; a clause begins with an int",
    "p wcnf 1 1 3\n0 1 0\n": "2: '0' is not a weight",
    "p wcnf 1 2 3\n1 1 0\n": "the text ends after 1 clauses, but the header says 2",
    "p wcnf 1 1 3\n1 1 0\n1 1 0\n": "3: more clauses than the 1",
    "p wcnf 1 1 3\n1 2 0\n": "2: literal 2, but the header says 1 variables",
    "p wcnf 1 1 3\n1 1\n": "the text ends within a clause",
    "p wcnf 1 1 3\n1": "the text ends within a clause",
    "h": "1: the text ends within a clause",
    "h 1": "1: the text ends within a clause",
    "H 1 0": "'H' is not a weight; a clause begins with 'h' or an int",
    "-1 1 0": "'-1' is not a weight",
    "0 1 0": "'0' is not a weight",
    "01 1 0": "'01' is not a weight",
    "1.5 1 0": "'1.5' is not a weight",
    "\u0661 1 0": "is not a weight",
    "1 +1 0": "'+1' is not a literal",
    "1 h 0": "'h' is not a literal",
    "1 1000001 0": "literal 1000001",
    "1 1 0\n%\n0\n": "2: '%' ends CNF files",
    "1 1 0 \x00 1 0": "is not a weight",
}


@pytest.mark.parametrize("text", ACCEPTED)
def test_what_the_format_allows(text: str) -> None:
    variables, clauses, weights = ACCEPTED[text]
    assert wcnf.parse(text) == Weighted(variables, tuple(clauses), weights)
    assert wcnf.parse(text.encode()) == wcnf.parse(text)


@pytest.mark.parametrize("text", REFUSED)
def test_what_it_does_not(text: str) -> None:
    with pytest.raises(FormatError) as error:
        wcnf.parse(text, "x.wcnf")
    assert str(error.value).startswith("x.wcnf:")
    assert REFUSED[text] in str(error.value)


def test_too_long_a_text_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verigym.verifiers.dimacs.MAX_BYTES", 50)
    with pytest.raises(FormatError, match="longer than 50 bytes"):
        wcnf.parse("1 1 0\n" * 20)
    monkeypatch.setattr("verigym.verifiers.dimacs.MAX_CLAUSES", 3)
    with pytest.raises(FormatError, match="4: more clauses than the 3"):
        wcnf.parse("1 1 0\n" * 4)


def test_files(tmp_path: Path) -> None:
    place = tmp_path / "a.wcnf.gz"
    place.write_bytes(gzip.compress(b"h 1 0\n2 -1 0\n"))
    assert wcnf.read(place).weights == (None, 2)
    place.write_bytes(b"h 1 0\n")
    with pytest.raises(FormatError, match=r"a\.wcnf\.gz: cannot be read"):
        wcnf.read(place)
    with pytest.raises(FormatError, match="no such file"):
        wcnf.read(tmp_path / "b.wcnf")


LITERALS = st.sampled_from([sign * v for v in range(1, 7) for sign in (1, -1)])
WEIGHTED = st.lists(
    st.tuples(st.none() | st.integers(1, 40), st.lists(LITERALS, max_size=4)), max_size=8
).map(lambda pairs: Weighted(6, tuple([tuple(c) for _, c in pairs]), tuple([w for w, _ in pairs])))


@given(WEIGHTED, st.booleans())
def test_what_is_written_is_read_back(weighted: Weighted, header: bool) -> None:
    text = wcnf.write(weighted, header=header, comments=["one"])
    if not header and not weighted.weights:
        return  # a text without anything
    found = wcnf.parse(text)
    assert (found.clauses, found.weights) == (weighted.clauses, weighted.weights)
    if header:
        assert found == weighted


@given(WEIGHTED)
def test_another_reader_agrees(weighted: Weighted) -> None:
    theirs = WCNF(from_string=wcnf.write(weighted, header=True))
    pairs = list(zip(weighted.clauses, weighted.weights, strict=True))
    assert theirs.hard == [list(clause) for clause, weight in pairs if weight is None]
    assert theirs.soft == [list(clause) for clause, weight in pairs if weight is not None]
    assert theirs.wght == [weight for _, weight in pairs if weight is not None]


@given(WEIGHTED, st.lists(st.booleans(), min_size=6, max_size=6))
def test_costs_by_definition(weighted: Weighted, values: list[bool]) -> None:
    model = [v if value else -v for v, value in enumerate(values, 1)]
    false = [
        weight
        for clause, weight in zip(weighted.clauses, weighted.weights, strict=True)
        if not set(clause) & set(model)
    ]
    assert weighted.cost(model) == (None if None in false else sum(false))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "weights", [(), (1,), (1, 2, 3), [1, 2], (1, 0), (1, -1), (1, True), (1, 2.0), (1, 2**64)]
)
def test_weights_that_are_none(weights: object) -> None:
    with pytest.raises(FormatError, match="weight"):
        Weighted(1, ((1,), (-1,)), weights)  # type: ignore[arg-type]


def test_a_comment_of_two_lines_is_refused() -> None:
    with pytest.raises(FormatError, match="one line"):
        wcnf.write(Weighted(1, ((1,),), (1,)), comments=["a\nh 1 0"])
