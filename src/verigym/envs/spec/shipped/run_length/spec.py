"""Round trip, the shortest list of runs, and any other list of runs."""

from itertools import groupby

from hypothesis import given
from hypothesis import strategies as st
from solution import decode, encode

TEXTS = st.text(alphabet="aab", max_size=12) | st.text(max_size=8) | st.text(alphabet="x", max_size=30)
RUNS = st.lists(st.tuples(st.sampled_from("ab\n "), st.integers(1, 12)), max_size=6)


def refuses(runs):
    try:
        decode(runs)
    except ValueError:
        return True
    return False


@given(TEXTS)
def test_what_is_packed_is_unpacked(text):
    assert decode(encode(text)) == text


@given(TEXTS)
def test_runs_are_as_long_as_they_can_be(text):
    assert encode(text) == [(char, len(list(run))) for char, run in groupby(text)]


@given(RUNS)
def test_any_list_of_runs_is_unpacked(runs):
    assert decode(list(runs)) == "".join(char * count for char, count in runs)


@given(RUNS, st.sampled_from("ab"), st.integers(-3, 0) | st.just(0), RUNS)
def test_a_run_of_less_than_one_is_refused(before, char, count, after):
    assert refuses([*before, (char, count), *after])


@given(RUNS, st.sampled_from(["", "ab", "aa"]), st.integers(1, 3))
def test_a_run_of_no_single_character_is_refused(before, chars, count):
    assert refuses([*before, (chars, count)])
