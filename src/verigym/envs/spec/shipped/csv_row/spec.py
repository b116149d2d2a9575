"""Round trip, the shortest spelling, and any other spelling against a grammar."""

import re

from hypothesis import given
from hypothesis import strategies as st
from solution import format_row, parse_row

FIELDS = st.text(alphabet="ab ,\"\n\r;'", max_size=6) | st.text(max_size=4) | st.sampled_from(["", '"'])
ROWS = st.lists(FIELDS, min_size=1, max_size=6)
LINES = st.text(alphabet='a,"\n ', max_size=10)
FIELD = r'(?:"(?:[^"]|"")*"|(?:[^",][^",]*)?)'
LINE = re.compile(rf"{FIELD}(?:,{FIELD})*")


def quoted(field):
    return '"' + field.replace('"', '""') + '"'


def refuses(line):
    try:
        parse_row(line)
    except ValueError:
        return True
    return False


@given(ROWS)
def test_what_is_written_is_read_back(fields):
    assert parse_row(format_row(list(fields))) == fields


@given(ROWS)
def test_quotes_stand_only_where_they_must(fields):
    spelled = [quoted(field) if set(field) & set(',"\n\r') else field for field in fields]
    assert format_row(list(fields)) == ",".join(spelled)


@given(
    st.lists(st.tuples(st.text(alphabet='ab ,"\n', max_size=5), st.booleans()), min_size=1, max_size=5)
)
def test_needless_quotes_are_read(spelled):
    line = ",".join(
        quoted(field) if quote or set(field) & set(',"') else field for field, quote in spelled
    )
    assert parse_row(line) == [field for field, _ in spelled]


@given(LINES)
def test_a_line_is_read_just_when_it_keeps_the_rules(line):
    if not LINE.fullmatch(line):
        assert refuses(line)
        return
    fields = parse_row(line)
    again = format_row(list(fields))
    assert parse_row(again) == fields
    if '"' not in line:
        assert fields == line.split(",")


@given(st.lists(FIELDS, max_size=3), st.sampled_from(['a"', 'a"b"', '"', '"a', '"a"b', '"a""', '"" ']))
def test_a_broken_field_is_refused_wherever_it_stands(fields, broken):
    before = "".join(quoted(field) + "," for field in fields)
    assert refuses(before + broken)
    assert refuses(before + broken + ",z") or broken in ('"', '"a', '"a""')
