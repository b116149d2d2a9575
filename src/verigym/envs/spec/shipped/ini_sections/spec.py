"""Round trip, texts with everything that does not count, and lines that break the rules."""

from hypothesis import given
from hypothesis import strategies as st
from solution import parse_ini, render_ini

WORDS = st.sampled_from(["a", "b", "key", "x.y", "A-1", "_"]) | st.text(
    alphabet="abK09-_.", min_size=1, max_size=5
)
PRINTABLE = st.characters(min_codepoint=32, max_codepoint=126)
VALUES = st.sampled_from(["", "1", "a=b", "=", "[x]", "; no", "#", "a ; b", '"q"', "]"]) | st.text(
    alphabet=PRINTABLE, max_size=6
).map(str.strip)
SETTINGS = st.dictionaries(WORDS, st.dictionaries(WORDS, VALUES, max_size=3), max_size=3)
BLANKS = st.sampled_from(["", "", " ", "  ", "\t", " \t "])
NOTHING = st.sampled_from(["", "  ", "\t", ";", "# [x]", "  ; a = b", "#=", ";]"])
NAMES = WORDS | st.sampled_from(["a b", "a]b", "=", "[", ";", "#x", "a=b"])
KEYS = WORDS | st.sampled_from(["a b", "a]", "x[", "k;", "]", '"'])
BROKEN = st.sampled_from(
    ["[]", "[ ]", "[", "[a", "[a]b", "[a] ; c", "=", " = v", "=v", "word", "a: b", "]"]
)


@st.composite
def spelled(draw):
    """A text in many small pieces, and what it means."""
    meaning, lines = {}, draw(st.lists(NOTHING, max_size=2))
    for _ in range(draw(st.integers(0, 5))):
        name = draw(NAMES)
        section = meaning.setdefault(name, {})
        lines.append("".join([draw(BLANKS), "[", draw(BLANKS), name, draw(BLANKS), "]", draw(BLANKS)]))
        for _ in range(draw(st.integers(0, 3))):
            lines += draw(st.lists(NOTHING, max_size=1))
            key, value = draw(KEYS), draw(VALUES)
            section[key] = value
            lines.append(
                "".join([draw(BLANKS), key, draw(BLANKS), "=", draw(BLANKS), value, draw(BLANKS)])
            )
    return "\n".join(lines), meaning


def refuses(text):
    try:
        parse_ini(text)
    except ValueError:
        return True
    return False


@given(SETTINGS)
def test_what_is_rendered_is_parsed(settings):
    text = render_ini({name: dict(section) for name, section in settings.items()})
    assert parse_ini(text) == settings


@given(spelled())
def test_blanks_and_comments_do_not_count_and_sections_go_on(one):
    text, meaning = one
    assert parse_ini(text) == meaning


@given(spelled(), BROKEN, BLANKS, spelled())
def test_a_broken_line_is_refused(one, broken, blank, other):
    assert refuses("\n".join([one[0], "[s]", blank + broken + blank, other[0]]))


@given(st.lists(NOTHING, max_size=3), KEYS, VALUES, spelled())
def test_a_key_without_a_section_is_refused(nothing, key, value, one):
    assert refuses("\n".join([*nothing, f"{key} = {value}", one[0]]))
