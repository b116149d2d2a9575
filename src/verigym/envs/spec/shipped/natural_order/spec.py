"""Names from few pieces, so that many begin alike and differ by a number, a letter's case or a zero."""

from hypothesis import strategies as st

PIECES = st.sampled_from(
    [
        "a",
        "A",
        "b",
        "B",
        "ab",
        "0",
        "00",
        "1",
        "01",
        "2",
        "9",
        "10",
        "010",
        "99",
        " ",
        "_",
        "-",
        ".",
        "~",
        "/",
        ":",
    ]
)
NAMES = st.lists(PIECES, max_size=4).map("".join)
ANY = st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=5)
LONG = st.integers(0, 10**25).map("n{}".format)
STRATEGIES = (st.lists(NAMES, max_size=9) | st.lists(NAMES | ANY | LONG, min_size=2, max_size=12),)
