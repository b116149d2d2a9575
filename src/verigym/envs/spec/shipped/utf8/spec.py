"""Round trip, the codec that Python has, and all kinds of bytes that are wrong."""

from hypothesis import given
from hypothesis import strategies as st
from solution import decode, encode

EDGES = [0, 0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x10FFFF]
POINTS = (
    st.sampled_from(EDGES)
    | st.integers(0, 0xD7FF)
    | st.integers(0xE000, 0x10FFFF)
    | st.integers(0, 0x900)
)
LISTS = st.lists(POINTS, max_size=8)
STRANGE = st.sampled_from([-1, 0xD800, 0xDBFF, 0xDC00, 0xDFFF, 0x110000]) | st.integers(
    0x110000, 1 << 40
)
LEADS = st.sampled_from(
    [0x41, 0x80, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xED, 0xEF, 0xF0, 0xF4, 0xF5, 0xF8, 0xFF]
)
BYTES = LEADS | st.sampled_from([0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0x7F, 0x00]) | st.integers(0, 255)
FORMS = st.sampled_from([1, 2, 3, 4])


def refuses(function, argument):
    try:
        function(argument)
    except ValueError:
        return True
    return False


def spread(number, size):
    """A number in so many bytes, whether it needs them or not."""
    if size == 1:
        return bytes([number & 0x7F])
    tail = [0x80 | (number >> 6 * i) & 0x3F for i in reversed(range(size - 1))]
    lead = {2: 0xC0, 3: 0xE0, 4: 0xF0}[size]
    return bytes([lead | (number >> 6 * (size - 1)) & (0x7F >> size), *tail])


def check(data):
    """Decoded as Python does, or refused as Python does."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        assert refuses(decode, data)
    else:
        assert decode(data) == [ord(character) for character in text]


@given(LISTS)
def test_code_points_are_written_and_read_back(points):
    data = encode(list(points))
    assert data == "".join(map(chr, points)).encode("utf-8")
    assert decode(data) == points


@given(LISTS, STRANGE, LISTS)
def test_numbers_that_are_no_code_points_are_refused(before, strange, after):
    assert refuses(encode, [*before, strange, *after])


@given(st.lists(BYTES, max_size=6).map(bytes))
def test_any_bytes(data):
    check(data)


@given(
    LISTS, st.sampled_from(EDGES) | st.integers(0, 0x1FFFFF) | st.integers(0xD7F0, 0xE010), FORMS, LISTS
)
def test_numbers_in_too_many_bytes_or_too_large(before, number, size, after):
    parts = ["".join(map(chr, points)).encode("utf-8") for points in (before, after)]
    check(parts[0] + spread(number, size) + parts[1])


@given(
    st.lists(POINTS, min_size=1, max_size=4),
    st.integers(0, 15),
    st.integers(0, 2),
    st.lists(BYTES, max_size=1),
)
def test_bytes_that_are_cut_out_or_put_in(points, at, cut, put):
    data = "".join(map(chr, points)).encode("utf-8")
    at %= len(data) + 1
    check(data[:at] + bytes(put) + data[at + cut :])
