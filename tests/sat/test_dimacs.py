"""The DIMACS reader takes what the format allows, and says where anything else is wrong."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pysat.formula import CNF

from verigym.errors import FormatError
from verigym.verifiers import dimacs
from verigym.verifiers.cnf import Formula

ACCEPTED = {
    "p cnf 3 1\n1 2 3 0\n": (3, [(1, 2, 3)]),
    "p cnf 3 1\n1 2 3\n0\n": (3, [(1, 2, 3)]),  # a clause over several lines
    "p cnf 3 1\n1\n2\nc within a clause\n3 0": (3, [(1, 2, 3)]),
    "p cnf 3 2\n1 2 0 -1 3 0\n": (3, [(1, 2), (-1, 3)]),  # several clauses on a line
    "p cnf 3 2\n1 2 0 -1\n3 0\n": (3, [(1, 2), (-1, 3)]),
    "c x\nc\n\np cnf 2 1\nc y\n1 -2 0\nc z": (2, [(1, -2)]),
    "cnf is a comment too\np cnf 0 0": (0, []),
    " \t p  cnf\t2 1 \r\n -2\t1 0\r\n": (2, [(-2, 1)]),
    "p cnf 0 0\n": (0, []),
    "p cnf 7 0\n": (7, []),
    "p cnf 0 1\n0\n": (0, [()]),
    "p cnf 2 2\n0 0": (2, [(), ()]),
    "p cnf 2 3\n1 1 0 1 -1 0 1 1 0": (2, [(1, 1), (1, -1), (1, 1)]),  # kept as they are
    "p cnf 2 1\n1 2 0\n%\n0\n\n": (2, [(1, 2)]),  # SATLIB's trailer
    "p cnf 2 1\n1 2 0\n%\n": (2, [(1, 2)]),
    "c \xe9\xff \u2028 1 0\np cnf 1 0": (1, []),
}

REFUSED = {
    "": "1: the text ends without a header",
    "c only\n\n": "2: the text ends without a header",
    "1 2 0\n": "1: '1' before the header",
    "p cnf 2 1\np cnf 2 1\n1 0": "2: a second header",
    "p cnf 2 1\n1 0\np cnf 2 1": "3: a second header",
    "p cnf 2\n": "1: 'p cnf 2' is not a header",
    "p cnf 2 1 0\n": "1: 'p cnf 2 1 0' is not a header",
    "p wcnf 2 1\n": "is not a header",
    "pcnf 2 1\n": "'pcnf' before the header",
    "p cnf -2 1\n": "is not a header",
    "p cnf +2 1\n": "is not a header",
    "p cnf 02 1\n": "is not a header",
    "p cnf 2 1_0\n": "is not a header",
    "p cnf 2 99999999999\n": "is not a header",
    "p cnf 1000001 0\n": "1000001 variables; at most 1,000,000",
    "p cnf 1 1000001\n": "1000001 clauses; at most 1,000,000",
    "p cnf 2 1\n1 2\n": "the text ends within a clause",
    "p cnf 3 5\n1 0\n": "the text ends after 1 clauses, but the header says 5",
    "p cnf 3 1\n1 0\n2 0\n": "3: more clauses than the 1",
    "p cnf 3 0\n0\n": "2: more clauses than the 0",
    "p cnf 2 1\n1 5 0\n": "2: literal 5, but the header says 2 variables",
    "p cnf 2 1\n-3 0\n": "2: literal -3",
    "p cnf 2 1\n+1 0\n": "'+1' is not a literal",
    "p cnf 2 1\n01 0\n": "'01' is not a literal",
    "p cnf 2 1\n-0\n": "'-0' is not a literal",
    "p cnf 2 1\n--1 0\n": "'--1' is not a literal",
    "p cnf 2 1\n1- 0\n": "'1-' is not a literal",
    "p cnf 20 1\n1_0 0\n": "'1_0' is not a literal",
    "p cnf 2 1\n1.0 0\n": "is not a literal",
    "p cnf 2 1\n1e0 0\n": "is not a literal",
    "p cnf 2 1\n0x1 0\n": "is not a literal",
    "p cnf 2 1\n\u0661 0\n": "is not a literal",  # an Arabic 1
    "p cnf 2 1\n1\u00a02 0\n": "is not a literal",  # a no-break space
    "p cnf 2 1\n1\x002 0\n": "is not a literal",
    "p cnf 2 1\n" + "9" * 5000 + " 0\n": "999'... is not a literal",
    "p cnf 2 1\n1 c 0\n": "'c' is not a literal",
    "p cnf 2 1\n1 % 0\n": "'%' is not a literal",
    "%\n0\np cnf 1 0": "'%' before the header",
    "p cnf 2 1\n%\n0\n1 2 0\n": "'%' ends the text after 0 clauses",
    "p cnf 2 1\n1\n%\n0\n": "'%' ends the text within a clause",
    "p cnf 2 1\n1 0\n%\n1 0\n": "4: '1 0' after '%'",
    "p cnf 2 1\n1 0\n%\n0\n0\n": "5: '0' after '%'",
    "p cnf 2 1\n1 0\n%\n0 0\n": "after '%'",
    "p cnf 2 1\n1 0\n%\n%\n": "after '%'",
    "p cnf 2 1\n1 0\n0\n": "3: more clauses than the 1",  # half a trailer
}


@pytest.mark.parametrize("text", ACCEPTED)
def test_reads(text: str) -> None:
    variables, clauses = ACCEPTED[text]
    assert dimacs.parse(text) == Formula.of(variables, clauses)


@pytest.mark.parametrize("text", REFUSED)
def test_refuses_with_name_and_line(text: str) -> None:
    with pytest.raises(FormatError) as error:
        dimacs.parse(text, "some.cnf")
    assert str(error.value).startswith("some.cnf:")
    assert REFUSED[text] in str(error.value)
    assert len(str(error.value)) < 200


def test_line_numbers_count_comments_and_blank_lines() -> None:
    with pytest.raises(FormatError, match=r"^DIMACS text:6: '3x' is not a literal$"):
        dimacs.parse("c\n\np cnf 3 2\n1 0\n\n3x 0\n")


def test_bytes_and_text_are_the_same() -> None:
    assert dimacs.parse(b"p cnf 1 1\n-1 0\n") == dimacs.parse("p cnf 1 1\n-1 0\n")
    assert dimacs.parse("c \ud800\np cnf 1 0\n") == Formula(1, ())


def test_every_published_file_reads_as_pysat_reads_it(data: Path) -> None:
    files = sorted(data.glob("dimacs/*.cnf")) + sorted(data.glob("proofs/*.cnf"))
    assert len(files) > 90
    for file in files:
        ours, theirs = dimacs.read(file), CNF(from_file=str(file))
        assert [list(clause) for clause in ours.clauses] == theirs.clauses, file
        assert ours.variables >= theirs.nv  # PySAT takes the largest literal that it sees
        assert dimacs.parse(dimacs.write(ours)) == ours


formulas = st.integers(0, 12).flatmap(
    lambda n: st.lists(
        st.lists(st.integers(-n, n).filter(bool) if n else st.nothing(), max_size=5 if n else 0),
        max_size=12,
    ).map(lambda clauses: Formula.of(n, clauses))
)


@given(formulas)
def test_reading_what_was_written_gives_the_same(formula: Formula) -> None:
    assert dimacs.parse(dimacs.write(formula, ["by hand", ""])) == formula


@given(formulas.filter(lambda f: f.clauses))
def test_pysat_reads_what_we_write(formula: Formula) -> None:
    theirs = CNF(from_string=dimacs.write(formula))
    assert [tuple(clause) for clause in theirs.clauses] == list(formula.clauses)


@given(formulas, st.randoms(use_true_random=False))
def test_layout_does_not_matter(formula: Formula, rng) -> None:  # type: ignore[no-untyped-def]
    words = " ".join(dimacs.write(formula).split("\n", 1)[1].split()).split(" ")
    body = "".join(word + rng.choice([" ", "\n", "\t", "\r\n", "\nc note\n"]) for word in words)
    header = f"p cnf {formula.variables} {len(formula.clauses)}\n"
    assert dimacs.parse(header + body + rng.choice(["", "\n%\n0\n"])) == formula


@given(st.text("pcnf 0123-%\n", max_size=60) | st.binary(max_size=60))
def test_any_text_reads_or_raises_format_error(text: str | bytes) -> None:
    try:
        formula = dimacs.parse(text)
    except FormatError:
        return
    assert dimacs.parse(dimacs.write(formula)) == formula


def test_a_comment_cannot_break_its_line() -> None:
    with pytest.raises(FormatError):
        dimacs.write(Formula(1, ()), ["x\np cnf 9 9"])


def test_gzip_is_read(tmp_path: Path) -> None:
    file = tmp_path / "a.cnf.gz"
    file.write_bytes(gzip.compress(b"p cnf 1 1\n1 0\n"))
    assert dimacs.read(file) == Formula(1, ((1,),))


def test_a_gzip_bomb_is_refused_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "bomb.cnf.gz"
    file.write_bytes(gzip.compress(b"\n" * 50_000_000))
    assert file.stat().st_size < 100_000
    monkeypatch.setattr(dimacs, "MAX_BYTES", 10_000)
    with pytest.raises(FormatError, match="longer than 10,000 bytes"):
        dimacs.read(file)


@pytest.mark.parametrize(
    "content", [b"no gzip", gzip.compress(b"p cnf 1 1\n1 0\n" * 99, mtime=0)[:-9], b""]
)
def test_broken_gzip_is_a_format_error(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "broken.cnf.gz"
    file.write_bytes(content)
    with pytest.raises(FormatError, match="broken"):
        dimacs.read(file)


def test_what_is_no_file_is_a_format_error(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="no such file"):
        dimacs.read(tmp_path / "none.cnf")
    with pytest.raises(FormatError, match="no such file"):
        dimacs.read(tmp_path)
    with pytest.raises(FormatError, match="no such file"):
        dimacs.read("/dev/zero")
