"""How the distance follows a change of its arguments, and what bounds it."""

from hypothesis import strategies as st

WORDS = st.text(alphabet="ab", max_size=8) | st.text(alphabet="abc", max_size=9) | st.text(max_size=6)


@st.composite
def pairs(draw):
    """Any two words, or two that have much in common."""
    first = draw(WORDS)
    kind = draw(st.sampled_from(["any", "swapped", "edited"]))
    if kind == "any":
        return first, draw(WORDS)
    if kind == "swapped":
        at = draw(st.integers(0, 2))
        return first, first[:at] + first[at : at + 2][::-1] + first[at + 2 :]
    cut, rest = sorted((draw(st.integers(0, len(first))), draw(st.integers(0, len(first)))))
    return first, first[:cut] + draw(st.text(alphabet="abc", max_size=2)) + first[rest:]


BOTH = st.shared(pairs(), key="both")
STRATEGIES = (BOTH.map(lambda both: both[0]), BOTH.map(lambda both: both[1]))


def change(first, second):
    """The other way round."""
    return second, first


def relation(there, back, first, second):
    longer, shorter = max(len(first), len(second)), min(len(first), len(second))
    in_place = sum(a != b for a, b in zip(first, second)) + longer - shorter
    return there == back and longer - shorter <= there <= in_place and (there == 0) == (first == second)


def change_frame(first, second):
    """What both begin and end with alike costs nothing."""
    return "ab" + first + "ba", "ab" + second + "ba"


def relation_frame(bare, framed, first, second):
    return bare == framed


def change_apart(first, second):
    """A character that the other word lacks costs one edit more, or replaces another one."""
    return first, "\x00" + second


def relation_apart(before, after, first, second):
    return abs(before - after) <= 1 and after >= ("\x00" not in first)


def change_tail(first, second):
    """Without the last characters: one step, of which a common last character is no part."""
    return first[:-1], second[:-1]


def relation_tail(whole, less, first, second):
    if first and second and first[-1] == second[-1]:
        return whole == less
    return less <= whole <= less + 1


def change_short(first, second):
    """Short words, for which all ways can be tried."""
    return first[:4], second[:4]


def relation_short(whole, short, first, second):
    return short == by_trying(first[:4], second[:4])


def by_trying(first, second):
    if not first or not second:
        return len(first) + len(second)
    return min(
        by_trying(first[1:], second) + 1,
        by_trying(first, second[1:]) + 1,
        by_trying(first[1:], second[1:]) + (first[0] != second[0]),
    )
