"""Areas of a polygon that is moved, turned, stretched, begun elsewhere and refined."""

from hypothesis import strategies as st

SIZES = st.integers(0, 6) | st.integers(1, 10**12)


@st.composite
def polygons(draw):
    """Columns side by side from left to right, each with a bottom and a top: these never cross."""
    x = draw(st.integers(-9, 9) | st.integers(-(10**12), 10**12))
    bottoms, tops = [], []
    for step, low, high in draw(st.lists(st.tuples(SIZES, SIZES, SIZES), min_size=3, max_size=5)):
        bottoms.append((x, -low - 1))
        tops.append((x, high + 1))
        x += step + 1
    if draw(st.booleans()):
        tops[-1] = bottoms[-1]
    if draw(st.booleans()):
        tops[0] = bottoms[0]
    return bottoms + tops[::-1]


POINTS = st.tuples(st.integers(-9, 9), st.integers(-9, 9))
TRIANGLES = st.lists(POINTS, min_size=3, max_size=3)
STRATEGIES = (polygons() | polygons() | TRIANGLES | st.lists(POINTS, max_size=2),)


def change(corners):
    """Elsewhere, and the other way round."""
    return ([(x + 1000, y - 77) for x, y in reversed(corners)],)


def relation(first, second, corners):
    if len(corners) == 3:
        (a, b), (c, d), (e, f) = corners
        return first == second == abs((c - a) * (f - b) - (e - a) * (d - b))
    return first == second and (first > 0) == (len(corners) > 3)


def change_turned(corners):
    """A quarter turn, begun at another corner."""
    turned = [(-y, x) for x, y in corners]
    return (turned[1:] + turned[:1],)


def relation_turned(first, second, corners):
    return first == second


def change_stretched(corners):
    """Three times as wide, twice as high, and slanted."""
    return ([(3 * x + y, 2 * y) for x, y in corners],)


def relation_stretched(first, second, corners):
    return second == 6 * first


def change_refined(corners):
    """Twice as large, with a corner more in the middle of each side, and each side's start twice."""
    after = corners[1:] + corners[:1]
    refined = [
        point
        for (x, y), (u, v) in zip(corners, after)
        for point in ((2 * x, 2 * y), (2 * x, 2 * y), (x + u, y + v))
    ]
    return (refined,)


def relation_refined(first, second, corners):
    return second == 4 * first
