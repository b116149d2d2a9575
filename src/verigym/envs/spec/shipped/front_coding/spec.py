"""Round trip, pairs that say as much as they can, and pairs that do not fit."""

from hypothesis import given
from hypothesis import strategies as st
from solution import restore, shorten

STEMS = st.sampled_from(
    ["", "a", "ab", "abc", "b", "abcdefgh", "abcdefghi", "abcdefghij", "abcdefghijk"]
)
WORDS = st.builds("{}{}".format, STEMS, st.text(alphabet="abj", max_size=3)) | st.text(max_size=4)
LISTS = st.lists(WORDS, max_size=7)
PAIRS = st.lists(st.tuples(st.integers(0, 3) | st.integers(-1, 11), WORDS), max_size=4)


def refuses(coded):
    try:
        restore(coded)
    except ValueError:
        return True
    return False


@given(LISTS)
def test_what_is_shortened_is_restored(words):
    assert restore(shorten(list(words))) == words


@given(LISTS)
def test_each_number_is_as_large_as_it_can_be(words):
    coded = shorten(list(words))
    assert len(coded) == len(words)
    for before, word, (number, rest) in zip(["", *words], words, coded):
        assert 0 <= number <= min(9, len(before))
        assert before[:number] + rest == word
        assert number == 9 or not rest or rest[0] != before[number : number + 1]


@given(WORDS, st.integers(0, 11), WORDS)
def test_two_words(first, number, rest):
    coded = [(0, first), (number, rest)]
    fits = number <= min(9, len(first)) and (
        number == 9 or not rest or rest[0] != first[number : number + 1]
    )
    if fits:
        assert restore(list(coded)) == [first, first[:number] + rest]
    else:
        assert refuses(list(coded))


@given(PAIRS)
def test_any_pairs_are_shortened_words_or_refused(coded):
    before = ""
    for number, rest in coded:
        word = before[: max(number, 0)] + rest
        more = 0 <= number < 9 and rest != "" and rest[0] == before[number : number + 1]
        if not 0 <= number <= min(9, len(before)) or more:
            assert refuses(list(coded))
            return
        before = word
    assert shorten(restore(list(coded))) == coded
