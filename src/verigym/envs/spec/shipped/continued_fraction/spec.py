"""Each undoes the other; terms keep their rules, and mean what they should."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st
from solution import collapse, expand

WHOLE = st.integers(-30, 30) | st.integers(-(10**30), 10**30)
NOT_ZERO = WHOLE.map(lambda number: number or 1)
LATER = st.integers(1, 3) | st.integers(1, 10**12)
TERMS = st.tuples(WHOLE, st.lists(LATER, max_size=7)).map(lambda parts: [parts[0], *parts[1]])


@given(WHOLE, NOT_ZERO)
def test_the_terms_keep_their_rules_and_give_the_fraction(numerator, denominator):
    terms = expand(numerator, denominator)
    assert all(term >= 1 for term in terms[1:])
    assert len(terms) == 1 or terms[-1] > 1
    p, q = collapse(list(terms))
    fraction = Fraction(numerator, denominator)
    assert (p, q) == (fraction.numerator, fraction.denominator)


@given(TERMS)
def test_terms_mean_what_they_should(terms):
    number = Fraction(terms[-1])
    for term in terms[-2::-1]:
        number = term + 1 / number
    assert collapse(list(terms)) == (number.numerator, number.denominator)


@given(TERMS)
def test_terms_come_back_but_for_a_last_one(terms):
    if len(terms) > 1 and terms[-1] == 1:
        shorter = [*terms[:-2], terms[-2] + 1]
        assert collapse(list(terms)) == collapse(shorter)
    else:
        shorter = terms
    assert expand(*collapse(list(terms))) == shorter


@given(WHOLE, NOT_ZERO, st.integers(-9, -1) | st.integers(1, 10**6))
def test_a_fraction_that_can_be_reduced_has_the_same_terms(numerator, denominator, factor):
    assert expand(numerator * factor, denominator * factor) == expand(numerator, denominator)


@given(WHOLE)
def test_no_denominator_and_no_terms(numerator):
    try:
        expand(numerator, 0)
    except ZeroDivisionError:
        pass
    else:
        raise AssertionError("the denominator 0 was not refused")
    try:
        collapse([])
    except ValueError:
        pass
    else:
        raise AssertionError("no terms were not refused")
