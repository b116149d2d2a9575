"""Words no wider than the lines, so that lines hold one, some, or exactly as many as fit."""

from hypothesis import strategies as st


@st.composite
def pages(draw):
    width = draw(st.integers(1, 16))
    word = st.integers(1, min(width, draw(st.integers(1, 8)))).map("abcdefghijklmnop".__getitem__)
    letters = draw(st.lists(word, max_size=12))
    return ["abcdefghijklmnop"[: "abcdefghijklmnop".index(letter)] for letter in letters], width


PAGE = st.shared(pages(), key="page")
STRATEGIES = (PAGE.map(lambda page: list(page[0])), PAGE.map(lambda page: page[1]))
