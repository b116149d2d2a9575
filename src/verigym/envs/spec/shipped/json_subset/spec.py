"""Values and their one short text, their many other texts, and texts that are no value's."""

import json
import re

from hypothesis import given
from hypothesis import strategies as st
from solution import dump, parse

STRINGS = st.text(alphabet='ab"\\/\n\t\r\x00\x1f\x20\x7fé€😀', max_size=4) | st.text(max_size=3)
KEYS = st.sampled_from(["", "a", "b", "A", "é", "10", "9"]) | STRINGS
NUMBERS = st.sampled_from([0, 1, -1, 10, -10]) | st.integers(-200, 200) | st.integers()
SIMPLE = st.none() | st.booleans() | NUMBERS | NUMBERS | STRINGS | STRINGS
VALUES = st.recursive(
    SIMPLE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)
BLANKS = st.sampled_from(["", "", " ", "\n", " \n  "])
BROKEN = st.sampled_from(
    [
        *(
            "",
            "-",
            "01",
            "-01",
            "1.0",
            "1e2",
            "+1",
            "0x1",
            "--1",
            "- 1",
            "00",
            "1 2",
            "\u0661",
            ".5",
            "1_0",
        ),
        *("nul", "True", "None", "NaN", "Infinity", "nulll", "truefalse", "undefined", "-null"),
        *(
            '"',
            '"a',
            "'a'",
            '"\\"',
            '"\\x41"',
            '"\\b"',
            '"\\/"',
            '"\\r"',
            '"\\f"',
            '"\\N"',
            '"\\u12"',
            '"\\u12g4"',
            '"\\u+123"',
            '"\\u 123"',
        ),
        *(
            '"\\ud83d\\ude00"',
            '"\\uD800"',
            '"\\udfff"',
            '"\\uDc00"',
            '"a\nb"',
            '"\t"',
            '"\x00"',
            '"\x1f"',
            '"a" "b"',
            '"\\U0041"',
            '"\\u00_1"',
        ),
        *(
            "[",
            "]",
            "[1",
            "[1,]",
            "[,]",
            "[,1]",
            "[1,,2]",
            "[1 2]",
            "[1}",
            "(1)",
            "[1]]",
            "[1;2]",
            "[:]",
        ),
        *(
            "{",
            "}",
            '{"a"}',
            '{"a":}',
            '{"a":1,}',
            "{,}",
            "{a:1}",
            '{"a" 1}',
            "{1:2}",
            '{"a":1 "b":2}',
            '{"a"::1}',
        ),
        *(
            '{"a":1,"a":1}',
            '{"a":1,"\\u0061":2}',
            '{"":1, "":2}',
            '{"a":1]',
            "{null:1}",
            '{"a":1,,"b":2}',
            "{:1}",
        ),
        *("\t1", "1\r", "[1\t]", "\u00a01", "/* */1", "\ufeff1", "1\x0c"),
    ]
)


def refuses(text):
    try:
        parse(text)
    except ValueError:
        return True
    return False


def same(value, other):
    """Equal, and of the same types all through: ``True`` is not 1."""
    if type(value) is not type(other):
        return False
    if isinstance(value, list):
        return len(value) == len(other) and all(map(same, value, other))
    if isinstance(value, dict):
        return set(value) == set(other) and all(same(value[key], other[key]) for key in value)
    return value == other


def escaped(character):
    if character in '"\\':
        return "\\" + character
    if character >= " ":
        return character
    return {"\n": "\\n", "\t": "\\t"}.get(character, f"\\u{ord(character):04x}")


def shortest(value):
    """The one text of a value."""
    if isinstance(value, str):
        return '"' + "".join(map(escaped, value)) + '"'
    if isinstance(value, list):
        return "[" + ",".join(map(shortest, value)) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(f"{shortest(key)}:{shortest(value[key])}" for key in sorted(value)) + "}"
    return json.dumps(value)


@st.composite
def spelled(draw):
    """A text of a value with blanks and escapes that need not be, and the value."""
    value = draw(VALUES)

    def string(text):
        how = draw(st.sampled_from(["short", "lower", "upper"]))
        if how == "short" or any(character > "\uffff" for character in text):
            return shortest(text)
        return '"' + "".join(f"\\u{ord(one):04{'x' if how == 'lower' else 'X'}}" for one in text) + '"'

    def written(one):
        if isinstance(one, str):
            text = string(one)
        elif isinstance(one, list):
            text = "[" + (",".join(map(written, one)) or draw(BLANKS)) + "]"
        elif isinstance(one, dict):
            entries = [f"{draw(BLANKS)}{string(key)}{draw(BLANKS)}:{written(one[key])}" for key in one]
            text = "{" + (",".join(entries) or draw(BLANKS)) + "}"
        else:
            text = json.dumps(one)
        return draw(BLANKS) + text + draw(BLANKS)

    return written(value), value


@given(VALUES)
def test_a_value_has_one_text(value):
    assert dump(value) == shortest(value)


@given(VALUES)
def test_what_is_dumped_is_parsed(value):
    assert same(parse(dump(value)), value)


@given(spelled())
def test_other_texts(one):
    text, value = one
    assert same(parse(text), value)


@given(
    BROKEN, st.sampled_from(["{}", "{}", "[{}]", "[1, {}]", '{{"k":{}}}', '[{{"k": {} }}, 2]', " {}\n"])
)
def test_broken_texts_are_refused(broken, frame):
    text = frame.format(broken)
    assert refuses(text) or text == "[]"


@given(
    st.sampled_from([0, 0x1F, 0x22, 0x5C, 0x7F, 0xD7FF, 0xD800, 0xDBFF, 0xDC00, 0xDFFF, 0xE000, 0xFFFF])
)
def test_escapes_by_code(code):
    for digits in (f"{code:04x}", f"{code:04X}"):
        if 0xD800 <= code <= 0xDFFF:
            assert refuses(f'"\\u{digits}"')
        else:
            assert parse(f'"\\u{digits}"') == chr(code)


@given(VALUES, st.sampled_from(list('[]{}:,"0-1 antu\\')), st.integers(0, 40), st.integers(0, 2))
def test_a_text_with_an_error_is_refused_or_is_another_value(value, put, at, cut):
    text = shortest(value)
    at %= len(text) + 1
    text = text[:at] + put + text[at + cut :]
    if re.search(r"\\u[dD][89a-fA-F]|\\[/bfr]|[\r\t]", text):
        return
    try:
        expected = json.loads(text, parse_float=refused, parse_constant=refused, object_pairs_hook=once)
    except ValueError:
        assert refuses(text)
    else:
        assert same(parse(text), expected)


def refused(text):
    raise ValueError(text)


def once(pairs):
    if len(dict(pairs)) < len(pairs):
        raise ValueError(pairs)
    return dict(pairs)
