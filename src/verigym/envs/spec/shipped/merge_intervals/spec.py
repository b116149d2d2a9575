"""The same numbers, in the one shortest form."""

from hypothesis import given
from hypothesis import strategies as st
from solution import merge


def intervals(low, high, longest):
    return st.lists(
        st.tuples(st.integers(low, high), st.integers(0, longest)).map(lambda one: (one[0], sum(one))),
        max_size=8,
    )


NEAR = intervals(-6, 12, 5)
FAR = intervals(-(10**12), 10**12, 10**12)


def is_shortest(union):
    gaps = all(one[1] < after[0] for one, after in zip(union, union[1:]))
    return gaps and all(start < end for start, end in union)


@given(NEAR)
def test_the_same_numbers_in_the_fewest_intervals(given_intervals):
    union = merge(list(given_intervals))
    assert is_shortest(union)
    numbers = {x for start, end in given_intervals for x in range(start, end)}
    assert {x for start, end in union for x in range(start, end)} == numbers


@given(FAR)
def test_far_numbers_too(given_intervals):
    union = merge(list(given_intervals))
    assert is_shortest(union)
    full = [(start, end) for start, end in given_intervals if start < end]
    assert all(any(a <= start and end <= b for a, b in union) for start, end in full)
    assert {a for a, _ in union} <= {start for start, _ in full}
    assert {b for _, b in union} <= {end for _, end in full}


@given(NEAR, NEAR)
def test_order_and_repetition_do_not_matter(some, others):
    union = merge(some + others)
    assert merge(others + union + some[::-1]) == union


@given(NEAR, NEAR)
def test_it_leaves_its_argument_as_it_is(some, others):
    argument = some + others
    merge(argument)
    assert argument == some + others


@given(NEAR, NEAR, st.integers(-6, 12), st.integers(1, 4))
def test_an_interval_that_ends_before_it_starts_is_refused(before, after, start, less):
    try:
        merge([*before, (start, start - less), *after])
    except ValueError:
        return
    raise AssertionError("it was not refused")
