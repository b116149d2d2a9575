"""The two answer grammars: what is a model, what is a refutation, and that nothing is both."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from verigym.verifiers import sat_answers
from verigym.verifiers.lrat import Addition, Deletion
from verigym.verifiers.proof import MAX_NEW_VARIABLES
from verigym.verifiers.sat_answers import (
    Hinted,
    Malformed,
    Model,
    Refutation,
    read_decision,
    read_model,
)

MODELS = {
    (3, "1 -2 3 0"): (1, -2, 3),
    (3, "1 -2 3"): (1, -2, 3),
    (3, "3 1 -2 0"): (3, 1, -2),
    (3, "v 1 -2 3 0"): (1, -2, 3),
    (3, "v 1 -2\nv 3 0\n"): (1, -2, 3),
    (3, "v 1 -2\nv 3\nv 0"): (1, -2, 3),
    (3, "1\n-2\n3\n0"): (1, -2, 3),
    (3, "  v\t1  -2\r\n 3 0 \r\n"): (1, -2, 3),
    (3, "s SATISFIABLE\nv 1 -2 3 0"): (1, -2, 3),
    (3, "\ns  SATISFIABLE\r\n1 -2 3"): (1, -2, 3),
    (3, "s SATISFIABLE\n101"): (1, -2, 3),
    (3, "101"): (1, -2, 3),
    (3, " 101 \n"): (1, -2, 3),
    (1, "1"): (1,),  # both readings agree
    (1, "0"): (-1,),  # as a list it would be empty
    (1, "-1"): (-1,),
    (1, "1 0"): (1,),
    (2, "10"): (1, -2),  # 10 is no literal of two variables
    (2, "01"): (-1, 2),
    (10, "1 2 3 4 5 6 7 8 9 10 0"): tuple(range(1, 11)),
    (10, "1010101010"): (1, -2, 3, -4, 5, -6, 7, -8, 9, -10),
    (0, "0"): (),
    (0, "v 0"): (),
}

NO_MODELS = {
    (3, "1 -2 0"): "Variables without a value: 1",
    (3, "1 -2 3 0 0"): "0 stands before the end",
    (3, "0 1 -2 3"): "0 stands before the end",
    (3, "1 -2 0 3 0"): "0 stands before the end",
    (3, "1 -2 3 -3 0"): "Variable 3 is both true and false",
    (3, "1 -2 3 3 0"): "Variable 3 is given twice",
    (3, "1 1 1"): "Variable 1 is given twice",
    (3, "1 -2 3 4 0"): "'4' is not a literal of a variable from 1 to 3",
    (3, "1 -2 +3 0"): "A model holds only literals",
    (3, "1 -2 03 0"): "'03' is not a literal",
    (3, "1 -2 3.0 0"): "A model holds only literals",
    (3, "1 -2 3_0"): "A model holds only literals",
    (3, "1, -2, 3"): "A model holds only literals",
    (3, "[1, -2, 3]"): "A model holds only literals",
    (3, "1 - 2 3 0"): "'-' is not a literal",
    (3, "1 --2 3 0"): "'--2' is not a literal",
    (3, "1 -2 3-"): "'3-' is not a literal",
    (3, "1 \u0662 3 0"): "A model holds only literals",
    (3, "1\u00a0-2 3 0"): "A model holds only literals",
    (3, "1 \u22122 3 0"): "A model holds only literals",  # the minus of typesetters
    (3, "1\x0b-2 3 0"): "A model holds only literals",
    (3, "v1 -2 3 0"): "'v1' is not a literal",
    (3, "1 v -2 3 0"): "'v' is not a literal",
    (3, "v v 1 -2 3 0"): "'v' is not a literal",
    (3, "V 1 -2 3 0"): "A model holds only literals",
    (3, "c hm\n1 -2 3 0"): "A model holds only literals",
    (3, "x1 = 1"): "A model holds only literals",
    (3, "1 -2 3 0\n-1 -2 3 0"): "0 stands before the end",  # two answers
    (3, "1 -2 3\n-1 -2 3"): "Variable 1 is both",
    (3, "101\n101"): "'101' is not a literal",
    (3, "101 0"): "'101' is not a literal",
    (3, "v 101"): "The number of bits is 3",
    (3, "1 0 1"): "0 stands before the end",
    (3, "1011"): "The number of bits is 4",
    (3, "10"): "The number of bits is 2",
    (3, "0" * 10_000): "The number of bits is 10000",
    (3, "\u0661\u0660\u0661"): "A model holds only literals",
    (3, "0"): "The number of bits is 1",
    (3, "v"): "Variables without a value: 3",
    (3, "s SATISFIABLE"): "A label alone proves nothing",
    (3, "s SATISFIABLE\n\n"): "A label alone proves nothing",
    (3, "SATISFIABLE"): "A model holds only literals",
    (3, "s SAT\n1 -2 3"): "A model holds only literals",
    (3, "s SATISFIABLE 1 -2 3"): "A model holds only literals",
    (3, "s SATISFIABLE\ns SATISFIABLE\n1 -2 3"): "A model holds only literals",
    (3, "1 -2 3 0\ns SATISFIABLE"): "A model holds only literals",
    (3, "s UNSATISFIABLE\n1 -2 3 0"): "The formula is satisfiable",
    (1, "v 0"): "Variables without a value: 1",
    (0, "1"): "'1' is not a literal",
    (0, "s SATISFIABLE\n"): "A label alone proves nothing",
}


@pytest.mark.parametrize(("variables", "text"), MODELS)
def test_models(variables: int, text: str) -> None:
    assert read_model(text, variables).literals == MODELS[variables, text]


@pytest.mark.parametrize(("variables", "text"), NO_MODELS)
def test_no_models(variables: int, text: str) -> None:
    with pytest.raises(Malformed) as error:
        read_model(text, variables)
    assert NO_MODELS[variables, text] in str(error.value)
    assert len(str(error.value)) < 200


REFUTATIONS = {
    "0": [()],
    "1 0\n0": [(1,), ()],
    "1 0": [(1,)],  # the empty clause may be left out
    "1 -2 0\n\n 3 0 \r\n0\n\n": [(1, -2), (3,), ()],
    "s UNSATISFIABLE\n1 0\n0": [(1,), ()],
    "1 0\nd 1 2 0\n0": [(1,), ()],  # deletions have no effect
    "d 0\n1 0": [(1,)],
    "1 1 -1 0": [(1, 1, -1)],
    "1 -2 3 0": [(1, -2, 3)],  # a model needs its v
    "1 0\n2 0\n3 0": [(1,), (2,), (3,)],
    "-1 0\n-2 0\n-3 0\n0": [(-1,), (-2,), (-3,), ()],
    "4 1 0\n-10003 2 0\n0": [(4, 1), (-10003, 2), ()],  # new variables
}

NEITHER = {
    "1 2 3": "Line 1 of the refutation does not end with 0",
    "1 0 2 0": "'1' is no new id in line 1: with a 0 before its end, a line is read as LRAT",
    "0 0": "'0' is no new id in line 1",
    "1 0\n2 0 3 0": "0 stands before the end in line 2",
    "0\n0": "Line 2 of the refutation follows the empty clause",
    "0\n1 0": "Line 2 of the refutation follows the empty clause",
    "0\nd 1 0": "Line 2 of the refutation follows the empty clause",
    "1 0\n\n10004 0\n0": "'10004' is not a literal of a variable from 1 to 10003 in line 3",
    "1 0\nd 10004 0\n0": "'10004' is not a literal of a variable from 1 to 10003 in line 2",
    "2147483648 1 0\n0": "'2147483648' is not a literal",
    "-2147483647 1 0\n0": "'-2147483647' is not a literal",
    "01 0\n0": "'01' is not a literal",
    "+1 0\n0": "A refutation holds only",
    "1 -0 0\n0": "'-0' is not a literal",
    "--1 0\n0": "'--1' is not a literal",
    "1- 0\n0": "'1-' is not a literal",
    "\u0661 0\n0": "A refutation holds only",
    "1\u00a00\n0": "A refutation holds only",
    "1 0\n2\n0": "Line 2 of the refutation does not end with 0",
    "d 1 0": "The refutation holds no clause",
    "d 1": "does not end with 0",
    "d": "does not end with 0",
    "1 d 0": "The refutation holds no clause",  # LRAT, and deletes nothing
    "1 0\n1 d 0": "'d' is not a literal",
    "d d 0": "'d' is not the id of a clause in line 1",
    "101": "does not end with 0",  # bits need 's SATISFIABLE'
    "000": "does not end with 0",
    "v 1 -2 3 0\n1 0\n0": "0 stands before the end",
    "v 1 -2 3\n0\n0": "0 stands before the end",
    "1 0\n0\nv 1 -2 3 0": "a model begins with 'v'",
    "1 -2 3 0\nv 1 -2 3 0": "a model begins with 'v'",
    "s SATISFIABLE\n1 0\n-1 0\n0": "0 stands before the end",
    "s SATISFIABLE\nv 1 -2 3 0\ns UNSATISFIABLE\n0": "A model holds only",
    "s UNSATISFIABLE\nv 1 -2 3 0": "A refutation holds only",
    "s UNSATISFIABLE\n0\ns SATISFIABLE\n101": "A refutation holds only",
    "s UNSATISFIABLE": "A label alone proves nothing",
    "s SATISFIABLE": "A label alone proves nothing",
    "SAT": "A refutation holds only",
    "UNSAT": "A refutation holds only",
    "unsatisfiable\n0": "A refutation holds only",
    "s unsatisfiable\n0": "A refutation holds only",
    "The formula is unsatisfiable.\n1 0\n0": "A refutation holds only",
    "c note\n1 0\n0": "A refutation holds only",
    "1 0 # unit\n0": "A refutation holds only",
    "a\x01\x02": "A refutation holds only",
}


@pytest.mark.parametrize("text", REFUTATIONS)
def test_refutations(text: str) -> None:
    decision = read_decision(text, 3, clauses=5)
    assert isinstance(decision, Refutation)
    assert list(decision.lemmas) == REFUTATIONS[text]
    assert len(decision.lines) == len(decision.lemmas)


@pytest.mark.parametrize("text", NEITHER)
def test_neither(text: str) -> None:
    with pytest.raises(Malformed) as error:
        read_decision(text, 3, clauses=5)
    assert NEITHER[text] in str(error.value)


HINTED = {
    "6 1 0 2 3 0\n7 0 6 4 0": (Addition(6, (1,), (2, 3)), Addition(7, (), (6, 4))),
    "s UNSATISFIABLE\n\n 6 1 -3 0 0 \r\n": (Addition(6, (1, -3), ()),),
    "5 d 1 2 0\n6 4 0 1 -2 3 -4 0": (Deletion((1, 2)), Addition(6, (4,), (1, -2, 3, -4))),
    "9 0 1 0": (Addition(9, (), (1,)),),
    "6 1 1 -1 0 9 0": (Addition(6, (1, 1, -1), (9,)),),  # whether clause 9 is there is for the checker
    "9 d 0\n10 1 0 0": (Deletion(()), Addition(10, (1,), ())),
    "6 2 0 0\n999999999 1 0 0": (Addition(6, (2,), ()), Addition(999_999_999, (1,), ())),
}

NOT_HINTED = {
    "5 1 0 2 0": "'5' is no new id in line 1",
    "6 1 0 2 0\n6 2 0 1 0": "'6' is no new id in line 2",
    "7 1 0 2 0\n6 2 0 1 0": "'6' is no new id in line 2",
    "6 1 0 2 0 3 0": "'0' is not the id of a clause in line 1",
    "6 1 0 2": "Line 1 of the refutation does not end with 0",
    "6 1 0 2 0\n1 0": "Line 2 of the refutation has no 0 before its hints",
    "6 1 0 2 0\nd 1 2 0": "Line 2 of the refutation has no 0 before its hints",
    "6 1 0 2 0\n7 d 1": "Line 2 of the refutation does not end with 0",
    "6 0 1 0\n7 1 0 2 0": "Line 2 of the refutation follows the empty clause",
    "6 0 1 0\n6 d 1 0": "Line 2 of the refutation follows the empty clause",
    "6 10004 0 1 0": "'10004' is not a literal",
    "6 1 0 d 0": "'d' is not the id",
    "6 d -1 0": "'-1' is not the id",
    "06 1 0 2 0": "'06' is not the id",
    "-6 1 0 2 0": "'-6' is not the id",
    "d 1 0 2 0": "'d' is not the id",
    "6 1 0 02 0": "'02' is not the id",
    "6 1 0 -0 0": "'-0' is not the id",
    "1000000000 1 0 2 0": "'1000000000' is not the id",
    "6 1 0 9999999999 0": "'9999999999' is not the id",
    "0 1 0 2 0": "'0' is no new id",
    "5 d 1 0": "The refutation holds no clause",
    "1 0\n6 1 0 2 0": "0 stands before the end in line 2",
}


@pytest.mark.parametrize("text", HINTED)
def test_hinted(text: str) -> None:
    decision = read_decision(text, 3, clauses=5)
    assert isinstance(decision, Hinted)
    assert decision.steps == HINTED[text]
    assert len(decision.lines) == len(decision.steps)


@pytest.mark.parametrize("text", NOT_HINTED)
def test_not_hinted(text: str) -> None:
    with pytest.raises(Malformed) as error:
        read_decision(text, 3, clauses=5)
    assert NOT_HINTED[text] in str(error.value)
    assert len(str(error.value)) < 250


@given(st.text("d0127- \n", max_size=30))
@settings(max_examples=500)
def test_no_text_is_drat_and_lrat(text: str) -> None:
    """The form is a matter of the first line alone: prefixing another form's line makes it malformed."""
    try:
        found = read_decision(text, 3, clauses=5)
    except Malformed:
        return
    other = "6 1 0 0\n" if isinstance(found, Refutation) else "1 0\n"
    with pytest.raises(Malformed):
        read_decision(other + text, 3, clauses=5)


@pytest.mark.parametrize(
    "text",
    ["v 1 -2 3 0", "\n v 1 -2\nv 3 0", "s SATISFIABLE\nv 1 -2 3 0", "s SATISFIABLE\n1 -2 3 0",
     "s SATISFIABLE\n101"],
)  # fmt: skip
def test_models_in_a_decision(text: str) -> None:
    assert read_decision(text, 3) == Model((1, -2, 3))


def test_one_variable_is_no_exception() -> None:
    assert isinstance(read_decision("0", 1), Refutation)
    assert isinstance(read_decision("1 0", 1), Refutation)
    assert read_decision("s SATISFIABLE\n0", 1) == Model((-1,))


def test_lines_are_those_of_the_refutation() -> None:
    decision = read_decision("s UNSATISFIABLE\n\n1 0\nd 1 0\n\n2 0\n0", 3)
    assert isinstance(decision, Refutation)
    assert decision.lines == (2, 5, 6)


def test_the_number_of_lemmas_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sat_answers, "MAX_LEMMAS", 10)
    assert isinstance(read_decision("1 0\n" * 10, 3), Refutation)
    with pytest.raises(Malformed, match="more than 10 clauses"):
        read_decision("1 0\n" * 11, 3)


@given(st.text("sv d01234-\n\rATISFIABLEUN", max_size=40), st.integers(0, 4))
def test_any_text_is_read_or_malformed(text: str, variables: int) -> None:
    for read in (read_model, read_decision):
        try:
            found = read(text, variables) if read is read_model else read(text, variables, 7)
        except Malformed:
            continue
        if isinstance(found, Hinted):
            assert all(step.id > 7 for step in found.steps if isinstance(step, Addition))
            continue
        literals = found.literals if isinstance(found, Model) else sum(found.lemmas, ())
        new = 0 if isinstance(found, Model) else MAX_NEW_VARIABLES
        assert all(0 < abs(literal) <= variables + new for literal in literals)
        if isinstance(found, Model):
            assert sorted(map(abs, found.literals)) == list(range(1, variables + 1))


@given(st.integers(1, 30).flatmap(lambda n: st.tuples(*[st.booleans()] * n)))
def test_every_way_of_writing_a_model_reads_the_same(values: tuple[bool, ...]) -> None:
    n = len(values)
    literals = [v if value else -v for v, value in enumerate(values, 1)]
    text = " ".join(map(str, literals))
    for way in (text, text + " 0", "v " + text + " 0", "".join("01"[value] for value in values)):
        assert sorted(read_model(way, n).literals, key=abs) == literals
