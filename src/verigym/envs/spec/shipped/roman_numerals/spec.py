"""The shape of a numeral, the value of its letters, and what is refused."""

import re

from hypothesis import given
from hypothesis import strategies as st
from solution import from_roman, to_roman

LETTERS = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
SHAPE = re.compile("M{0,3}(CM|CD|D?C{0,3})(XC|XL|L?X{0,3})(IX|IV|V?I{0,3})")
NUMBERS = st.integers(1, 3999) | st.sampled_from([1, 4, 9, 40, 90, 400, 900, 3888, 3999])
PIECES = st.sampled_from(
    ["M", "CM", "D", "CD", "C", "XC", "L", "XL", "X", "IX", "V", "IV", "I", "II", "III", "XX", "MM"]
)


def value(numeral):
    worth = [LETTERS[letter] for letter in numeral]
    return sum(-one if one < after else one for one, after in zip(worth, [*worth[1:], 0]))


def refuses(function, argument):
    try:
        function(argument)
    except ValueError:
        return True
    return False


@given(NUMBERS)
def test_a_number_is_written_in_its_one_way(number):
    numeral = to_roman(number)
    assert SHAPE.fullmatch(numeral)
    assert value(numeral) == number


@given(NUMBERS)
def test_what_is_written_is_read_back(number):
    assert from_roman(to_roman(number)) == number


@given(st.integers(max_value=0) | st.integers(min_value=4000) | st.sampled_from([0, 4000, -1]))
def test_numbers_without_a_numeral_are_refused(number):
    assert refuses(to_roman, number)


@given(st.lists(PIECES, max_size=7).map("".join))
def test_letters_are_read_just_when_they_are_a_numeral(letters):
    if letters and SHAPE.fullmatch(letters):
        assert from_roman(letters) == value(letters)
    else:
        assert refuses(from_roman, letters)


@given(NUMBERS, st.sampled_from([" {}", "{} ", "{}\n", "{}I", "I{}", "{}M", "{0}{0}", "{}0", "-{}"]))
def test_a_numeral_with_something_added_is_refused_unless_it_is_another(number, frame):
    text = frame.format(to_roman(number))
    if SHAPE.fullmatch(text):
        assert from_roman(text) == value(text)
    else:
        assert refuses(from_roman, text)


@given(st.text(alphabet="ivxlcdm", min_size=1, max_size=4) | st.text(alphabet="0 ABZ", max_size=4))
def test_other_characters_are_refused(text):
    assert refuses(from_roman, text)
