"""A rising part of the list, as long as the fewest falling parts that the list can be dealt into."""

from bisect import bisect_left

from hypothesis import strategies as st

HEIGHTS = st.lists(st.integers(-3, 6), max_size=14) | st.lists(st.integers(), max_size=9)
RISING = st.lists(st.integers(0, 30), max_size=8).map(sorted)
MIXED = st.tuples(RISING, RISING).map(lambda two: [x for pair in zip(*two) for x in pair])
LONG = st.lists(st.integers(0, 60), min_size=20, max_size=40)
STRATEGIES = (HEIGHTS | MIXED | LONG,)


def ensures(result, heights):
    rises = all(low < high for low, high in zip(result, result[1:]))
    rest = iter(heights)
    return rises and all(any(x == y for y in rest) for x in result) and len(result) == longest(heights)


def longest(heights):
    """Deal each number onto the leftmost pile whose top is not smaller; the piles count the rise."""
    tops = []
    for height in heights:
        at = bisect_left(tops, height)
        tops[at : at + 1] = [height]
    return len(tops)
