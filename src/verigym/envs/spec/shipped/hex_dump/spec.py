"""Bytes in rows that repeat, rows that nearly do, and a last row of any length."""

from hypothesis import strategies as st

BYTES = st.sampled_from([0, 9, 10, 31, 32, 33, 65, 125, 126, 127, 128, 255]) | st.integers(0, 255)


@st.composite
def dumps(draw):
    width = draw(st.integers(1, 4) | st.integers(1, 16))
    kinds = draw(st.lists(st.lists(BYTES, min_size=width, max_size=width), min_size=1, max_size=2))
    rows = draw(st.lists(st.sampled_from(kinds), max_size=9))
    end = draw(st.just([]) | st.lists(BYTES, max_size=width) | st.just(kinds[0][: width // 2]))
    return [byte for row in rows for byte in row] + end, width


DUMP = st.shared(dumps(), key="dump")
STRATEGIES = (DUMP.map(lambda dump: list(dump[0])), DUMP.map(lambda dump: dump[1]))
