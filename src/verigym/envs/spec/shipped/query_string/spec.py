"""Round trip, the alphabet of what is built, and spellings that nobody builds."""

import re

from hypothesis import given
from hypothesis import strategies as st
from solution import build_query, parse_query

TEXTS = st.text(alphabet="ab &=+%/?~-._é€", max_size=5) | st.text(max_size=4)
PAIRS = st.lists(st.tuples(TEXTS, TEXTS), max_size=4)
BUILT = re.compile(r"(?:[A-Za-z0-9\-._~+]|%[0-9A-F]{2})*")
NEEDLESS = re.compile(r"%(?:2[DE]|3\d|[46][1-9A-F]|[57][0-9A]|5F|7E|20)")
BROKEN = st.sampled_from(
    ["%", "%4", "%zz", "%4g", "%g4", "%+1", "% 1", "%0x", "%4_", "%\u0663\u0663", "%%41", "%1\u0661"]
)
NO_UTF8 = st.sampled_from(
    ["%ff", "%C3", "%80", "%C3+", "%c3a", "%C0%80", "%ED%A0%80", "é%A9", "%E2%82"]
)


def refuses(query):
    try:
        parse_query(query)
    except ValueError:
        return True
    return False


@given(PAIRS)
def test_what_is_built_is_parsed(pairs):
    assert parse_query(build_query(list(pairs))) == pairs


@given(PAIRS)
def test_only_what_must_be_is_escaped(pairs):
    query = build_query(list(pairs))
    pieces = query.split("&") if pairs else []
    assert pairs or query == ""
    assert len(pieces) == len(pairs)
    for piece in pieces:
        name, equals, value = piece.partition("=")
        assert equals
        assert BUILT.fullmatch(name)
        assert BUILT.fullmatch(value)
    assert not NEEDLESS.search(query)


def spelled(text, how):
    """A text as bytes of which some are escaped, upper or lower case, though they need not be."""
    parts = []
    for character, choice in zip(text, how * len(text)):
        escaped = "".join(f"%{byte:02x}" for byte in character.encode())
        if choice == "plain" and character not in "&=+%":
            parts.append("+" if character == " " else character)
        else:
            parts.append(escaped.upper() if choice == "upper" else escaped)
    return "".join(parts)


@given(
    PAIRS,
    st.lists(st.sampled_from(["plain", "upper", "lower"]), min_size=1, max_size=5),
    st.integers(0, 2),
)
def test_other_spellings(pairs, how, empty):
    pieces = [f"{spelled(name, how)}={spelled(value, how)}" for name, value in pairs]
    query = "&" * empty + ("&" * (empty + 1)).join(pieces) + "&" * empty
    assert parse_query(query) == pairs


@given(st.text(alphabet="ab=", max_size=6), st.text(alphabet="a=&", max_size=6))
def test_the_first_equals_sign_is_the_one(piece, query):
    if piece:
        name, _, value = piece.partition("=")
        assert parse_query(piece) == [(name, value)]
    found = parse_query(query)
    assert len(found) == sum(one != "" for one in query.split("&"))
    assert not any("=" in name or "&" in name + value for name, value in found)


@given(
    st.sampled_from(["", "a=", "a", "x=1&", "=", "é"]),
    BROKEN | NO_UTF8,
    st.sampled_from(["", "&b=2", "="]),
)
def test_broken_escapes_are_refused(before, broken, after):
    assert refuses(before + broken + after)
