"""The result is what a stable sort of both gives, and no argument is changed."""

from hypothesis import given
from hypothesis import strategies as st
from solution import merge_sorted

PAIRS = st.tuples(st.integers(-3, 3) | st.integers(), st.sampled_from("abcd"))
SORTED = st.lists(PAIRS, max_size=8).map(lambda pairs: sorted(pairs, key=lambda pair: pair[0]))


@given(SORTED, SORTED)
def test_it_is_the_stable_merge(left, right):
    assert merge_sorted(left, right) == sorted(left + right, key=lambda pair: pair[0])


@given(SORTED, SORTED)
def test_the_arguments_are_left_as_they_are(left, right):
    before = list(left), list(right)
    merge_sorted(left, right)
    assert (left, right) == before
