"""Round trip, the order of texts, the value of the digits, and texts that nothing gives."""

from hypothesis import given
from hypothesis import strategies as st
from solution import decode, encode

CHARACTERS = "0123456789abcdefghjkmnpqrstvwxyz"
DATA = st.binary(max_size=12) | st.lists(st.sampled_from([0, 1, 8, 128, 255]), max_size=6).map(bytes)
TEXTS = st.text(alphabet=CHARACTERS, max_size=9) | st.text(alphabet="0gz", max_size=9)
STRANGE = st.sampled_from(list("ilouAHZ= -_\n\u0661")) | st.characters(
    min_codepoint=128, exclude_categories=["Cs"]
)


def refuses(text):
    try:
        decode(text)
    except ValueError:
        return True
    return False


@given(DATA)
def test_what_is_encoded_is_decoded(data):
    assert decode(encode(data)) == data


@given(DATA)
def test_the_text_is_the_data_as_a_number(data):
    text = encode(data)
    assert set(text) <= set(CHARACTERS)
    assert len(text) == -(-8 * len(data) // 5)
    number = sum(
        CHARACTERS.index(character) * 32**place for place, character in enumerate(reversed(text))
    )
    assert number == int.from_bytes(data, "big") << (5 * len(text) - 8 * len(data))


@given(DATA, DATA)
def test_texts_sort_as_their_data_do(some, others):
    assert (encode(some) < encode(others)) == (some < others)


@given(TEXTS)
def test_a_text_is_the_encoding_of_something_or_refused(text):
    bits = 5 * len(text)
    number = sum(
        CHARACTERS.index(character) * 32**place for place, character in enumerate(reversed(text))
    )
    if bits % 8 > 4 or number % 2 ** (bits % 8):
        assert refuses(text)
    else:
        assert decode(text) == (number >> bits % 8).to_bytes(bits // 8, "big")


@given(DATA, STRANGE, st.integers(0, 20))
def test_other_characters_are_refused(data, strange, at):
    text = encode(data)
    assert refuses(text[:at] + strange + text[at:])
    if text:
        at %= len(text)
        assert refuses(text[:at] + strange + text[at + 1 :])
