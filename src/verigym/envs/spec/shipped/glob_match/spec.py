"""Patterns made of parts whose meaning is known, on texts made to fit them, or nearly."""

from hypothesis import given
from hypothesis import strategies as st
from solution import matches

LETTERS = st.sampled_from("abcA]!-*?.\n")
MEMBERS = st.text(alphabet="abc!-*?[.", min_size=1, max_size=3)
SETS = st.tuples(st.just("in"), MEMBERS.filter(lambda members: members[0] != "!")) | st.tuples(
    st.just("out"), MEMBERS
)
PLAIN = st.tuples(st.just("in"), st.sampled_from("abc.]!-"))
STAR, ONE = st.just(("*", "")), st.just(("?", ""))
PARTS = st.lists(PLAIN | PLAIN | STAR | STAR | ONE | SETS, max_size=7)
BROKEN = st.sampled_from(["[", "[]", "[!]", "[a", "[!a", "[!", "[?*"])


def written(parts):
    spelled = ""
    for kind, members in parts:
        if kind in "*?":
            spelled += kind
        elif kind == "out":
            spelled += "[!" + members + "]"
        elif len(members) == 1 and members not in "*?[":
            spelled += members
        else:
            spelled += "[" + members + "]"
    return spelled


def fits(part, character):
    kind, members = part
    return kind == "?" or (character in members) == (kind == "in")


def described(parts, text):
    """Whether parts describe a text, by what is left of both."""
    if not parts:
        return not text
    if parts[0][0] == "*":
        return described(parts[1:], text) or (bool(text) and described(parts, text[1:]))
    return bool(text) and fits(parts[0], text[0]) and described(parts[1:], text[1:])


@st.composite
def pairs(draw):
    """Parts, and a text that they describe, perhaps with a character put in or cut out."""
    parts = draw(PARTS)
    text = ""
    for kind, members in parts:
        if kind == "*":
            text += draw(st.text(alphabet="abc.", max_size=3))
        elif kind == "in":
            text += draw(st.sampled_from(members))
        else:
            text += draw(LETTERS)
    if draw(st.booleans()):
        at = draw(st.integers(0, len(text)))
        text = (
            text[:at]
            + draw(st.text(alphabet="abcA.!", max_size=1))
            + text[at + draw(st.integers(0, 1)) :]
        )
    return parts, text


@given(pairs())
def test_a_pattern_describes_what_its_parts_do(pair):
    parts, text = pair
    assert matches(written(parts), text) is described(parts, text)


@given(st.text(alphabet="ab*", max_size=8), st.text(alphabet="ab", max_size=8))
def test_stars(pattern, text):
    parts = [("*", "") if character == "*" else ("in", character) for character in pattern]
    assert matches(pattern, text) is described(parts, text)


@given(SETS, LETTERS)
def test_a_set_decides_about_one_character(part, character):
    kind, members = part
    pattern = ("[" if kind == "in" else "[!") + members + "]"
    assert matches(pattern, character) is fits(part, character)
    assert matches(pattern, "") is False
    assert matches(pattern, character + character) is False


@given(st.text(max_size=6))
def test_a_text_is_described_by_itself_and_by_a_star(text):
    plain = "".join(character for character in text if character not in "*?[")
    assert matches(plain, plain) is True
    assert matches("*" + plain + "*", "x" + plain) is True
    assert matches(plain, plain + "x") is False


@given(PARTS, BROKEN, st.text(alphabet="ab", max_size=3), st.text(alphabet="ab*", max_size=2))
def test_a_broken_set_is_refused(parts, broken, text, after):
    try:
        matches(written(parts) + broken + after, text)
    except ValueError:
        return
    raise AssertionError("it was not refused")


@given(st.integers(1, 40), st.sampled_from(["a", "b", ""]))
def test_many_stars_are_decided_quickly(count, end):
    assert matches("*a" * count + "*" + end, "a" * 100) is (end == "" or (end == "a" and count < 100))
