"""A solution in its range, or a pair of demands that contradict each other."""

from itertools import combinations
from math import gcd, lcm

from hypothesis import strategies as st

SMALL = st.tuples(st.integers(-9, 30), st.sampled_from([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15]))
LARGE = st.tuples(st.integers(-(10**12), 10**12), st.integers(1, 10**12))


@st.composite
def demands(draw):
    """Some of one number's remainders, so that there is a solution, perhaps with one that differs."""
    number = draw(st.integers(-(10**6), 10**6))
    moduli = draw(st.lists(st.integers(1, 24) | st.integers(1, 10**9), max_size=5))
    turns = draw(st.lists(st.integers(-1, 1), min_size=len(moduli), max_size=len(moduli)))
    found = [(number % m + turn * m, m) for m, turn in zip(moduli, turns)]
    return found + draw(st.lists(SMALL, max_size=1)) if draw(st.booleans()) else found


STRATEGIES = (
    demands() | demands() | st.lists(SMALL, max_size=4) | st.lists(LARGE, min_size=2, max_size=3),
)


def requires(congruences):
    return all(modulus >= 1 for _, modulus in congruences)


def ensures(result, congruences):
    pairs = combinations(congruences, 2)
    if any((r - s) % gcd(m, n) for (r, m), (s, n) in pairs):
        return result is None
    x, n = result
    together = lcm(*(modulus for _, modulus in congruences))
    return n == together and 0 <= x < n and all((x - r) % m == 0 for r, m in congruences)
