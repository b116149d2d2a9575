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


@st.composite
def twins(draw):
    """Names that differ in the case of letters and in zeros only, and a few others."""
    names = draw(st.lists(NAMES | LONG, max_size=2))
    for name in draw(
        st.lists(
            st.sampled_from(["a7", "b1a", "x", "a0b", "a1b02", "a1b5", "a b2"]), min_size=1, max_size=2
        )
    ):
        names += [
            name,
            name.upper(),
            name.replace("7", "007").replace("1", "01"),
            name.replace("0", "00"),
        ]
    names += draw(st.sampled_from([[], ["a1b02", "a1b5"], ["x2y10", "X2y9"]]))
    return draw(st.permutations(names))


STRATEGIES = (
    twins() | st.lists(NAMES, max_size=9) | st.lists(NAMES | ANY | LONG, min_size=2, max_size=12),
)
