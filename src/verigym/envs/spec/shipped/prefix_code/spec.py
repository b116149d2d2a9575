"""No word begins another, no code is cheaper, and texts come back."""

from hypothesis import given
from hypothesis import strategies as st
from solution import build_code, decode, encode

COUNTS = st.dictionaries(
    st.sampled_from("abcdefgh é0"),
    st.integers(1, 5) | st.integers(1, 100) | st.sampled_from([1, 2, 3, 5, 8, 13, 21]),
)


@st.composite
def split(draw, word):
    """Words that begin with a word, of which none begins another one."""
    if len(word) > 4 or draw(st.booleans()):
        return [word]
    return draw(split(word + "0")) + draw(split(word + "1"))


@st.composite
def codes(draw):
    """A code of which some words may be left out, and a text of its characters."""
    words = draw(split("0")) + draw(split("1"))
    kept = draw(st.lists(st.sampled_from(words), min_size=1, max_size=8, unique=True))
    code = dict(zip("abcdefgh", kept))
    return code, draw(st.text(alphabet=sorted(code), max_size=8))


def refuses(function, *args):
    try:
        function(*args)
    except ValueError:
        return True
    return False


def is_code(code):
    words = sorted(code.values())
    bits = all(word and set(word) <= {"0", "1"} for word in words)
    return bits and not any(after.startswith(word) for word, after in zip(words, words[1:]))


def cheapest(counts):
    """The smallest sum: the two smallest counts are put together and paid for, again and again."""
    left, paid = sorted(counts), 0
    if len(left) == 1:
        return left[0]
    while len(left) > 1:
        both = left[0] + left[1]
        paid += both
        left = sorted([both, *left[2:]])
    return paid


@given(COUNTS)
def test_no_code_is_cheaper(counts):
    code = build_code(dict(counts))
    assert set(code) == set(counts)
    assert is_code(code)
    assert sum(len(code[one]) * count for one, count in counts.items()) == cheapest(counts.values())


@given(COUNTS, st.lists(st.integers(0, 99), max_size=8))
def test_texts_come_back(counts, choices):
    code = build_code(dict(counts))
    text = "".join(sorted(counts)[choice % len(counts)] for choice in choices if counts)
    assert decode(encode(text, dict(code)), dict(code)) == text


@given(codes())
def test_words_one_after_the_other(one):
    code, text = one
    bits = encode(text, dict(code))
    assert bits == "".join(code[character] for character in text)
    assert decode(bits, dict(code)) == text


@given(codes(), st.sampled_from("z0A"), st.integers(0, 8))
def test_a_character_without_a_word_is_refused(one, strange, at):
    code, text = one
    assert refuses(encode, text[:at] + strange + text[at:], dict(code))


@given(codes(), st.text(alphabet="01", max_size=6))
def test_bits_are_words_or_are_refused(one, more):
    code, text = one
    bits = encode(text, dict(code)) + more
    characters = {word: character for character, word in code.items()}
    at = 0
    expected = ""
    while at < len(bits):
        word = next((word for word in characters if bits.startswith(word, at)), None)
        if word is None:
            assert refuses(decode, bits, dict(code))
            return
        expected += characters[word]
        at += len(word)
    assert decode(bits, dict(code)) == expected
