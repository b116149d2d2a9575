"""Round trip, and the meaning of each byte."""

from hypothesis import given
from hypothesis import strategies as st
from solution import pack, unpack

EDGES = st.sampled_from([0, 1, 127, 128, 129, 255, 16383, 16384, 2**21 - 1, 2**21, 2**63, 2**64])
NUMBERS = EDGES | st.integers(0, 300) | st.integers(0, 2**32) | st.integers(0, 2**200)
LISTS = st.lists(NUMBERS, max_size=6)
DATA = st.lists(st.sampled_from([0, 1, 127, 128, 129, 255]) | st.integers(0, 255), max_size=7).map(
    bytes
)


def refuses(function, argument):
    try:
        function(argument)
    except ValueError:
        return True
    return False


@given(LISTS)
def test_what_is_packed_is_unpacked(numbers):
    assert unpack(pack(list(numbers))) == numbers


@given(NUMBERS)
def test_a_number_is_the_sum_of_its_groups(number):
    data = pack([number])
    assert sum((byte & 127) << 7 * place for place, byte in enumerate(data)) == number
    assert [byte > 127 for byte in data] == [True] * (len(data) - 1) + [False]
    assert len(data) == max(1, -(-number.bit_length() // 7))


@given(LISTS, LISTS)
def test_one_after_the_other(some, others):
    assert pack(some + others) == pack(list(some)) + pack(list(others))


@given(LISTS, st.integers(max_value=-1), LISTS)
def test_a_negative_number_is_refused(before, negative, after):
    assert refuses(pack, [*before, negative, *after])


@given(DATA)
def test_any_bytes_are_packed_numbers_or_refused(data):
    cut_off = bool(data) and data[-1] > 127
    too_long = any(before > 127 and byte == 0 for before, byte in zip(data, data[1:]))
    if cut_off or too_long:
        assert refuses(unpack, data)
    else:
        assert pack(unpack(data)) == data
