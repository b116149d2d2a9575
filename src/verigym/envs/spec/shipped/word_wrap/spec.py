"""The words, cut where they must be, in lines that could hold no word more."""

from hypothesis import strategies as st

WORDS = st.text(alphabet="abcdefg", min_size=1, max_size=4) | st.text(
    alphabet="abc.", min_size=1, max_size=14
)
GAPS = st.sampled_from([" ", " ", " ", "  ", "   "])
TEXTS = st.builds(
    lambda before, pairs, after: before + "".join(word + gap for word, gap in pairs) + after,
    st.sampled_from(["", "", " ", "  "]),
    st.lists(st.tuples(WORDS, GAPS), max_size=9),
    st.sampled_from(["", " "]) | WORDS,
)
STRATEGIES = (
    TEXTS | st.sampled_from(["", " ", "a"]),
    st.integers(1, 12) | st.integers(-2, 30) | st.sampled_from([0, 0, -1, 1]),
)


def raises(text, width):
    return ValueError if width < 1 else None


def requires(text, width):
    return all(character == " " or not character.isspace() for character in text)


def ensures(result, text, width):
    if not all(line and len(line) <= width for line in result):
        return False
    words = [word for word in text.split(" ") if word]
    pieces = [[word[at : at + width] for at in range(0, len(word), width)] for word in words]
    first = [index == 0 for cut in pieces for index in range(len(cut))]
    lengths = [len(cut) for cut in pieces for _ in cut]
    filled = [line.split(" ") for line in result]
    if [word for line in filled for word in line] != [piece for cut in pieces for piece in cut]:
        return False
    at = 0
    for line, after in zip(filled, [*filled[1:], None]):
        if any(not first[at + i] or lengths[at + i] > 1 for i in range(1, len(line))):
            return False  # a piece that is not a whole word, behind another one
        at += len(line)
        whole = after is not None and first[at] and lengths[at] == 1
        if whole and len(" ".join(line)) + 1 + len(after[0]) <= width:
            return False
    return True
