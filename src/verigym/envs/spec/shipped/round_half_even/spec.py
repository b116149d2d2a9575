"""No whole number is nearer, and a tie goes to the even one."""

from hypothesis import strategies as st


@st.composite
def fractions(draw):
    """Any fractions, and ties or what is next to one."""
    denominator = draw(st.integers(-12, 12) | st.integers(-(10**20), 10**20))
    if draw(st.booleans()):
        return draw(st.integers(-40, 40) | st.integers(-(10**30), 10**30)), denominator
    half = draw(st.integers(-9, 9) | st.integers(-(10**18), 10**18)) * 2 + 1
    stretch = draw(st.integers(-5, 5) | st.integers(1, 10**9))
    return half * stretch + draw(st.sampled_from([0, -1, 1])), 2 * stretch


BOTH = st.shared(fractions(), key="both")
STRATEGIES = (BOTH.map(lambda both: both[0]), BOTH.map(lambda both: both[1]))


def raises(numerator, denominator):
    return ZeroDivisionError if denominator == 0 else None


def ensures(result, numerator, denominator):
    distance = abs(2 * (result * denominator - numerator))
    return distance < abs(denominator) or (distance == abs(denominator) and result % 2 == 0)
