"""The root and its successor enclose the number."""

from hypothesis import strategies as st


@st.composite
def arguments(draw):
    """Small numbers, powers and their neighbours, large numbers."""
    kind = draw(st.sampled_from(["small", "power", "power", "large"]))
    if kind == "small":
        return draw(st.integers(-3, 130)), draw(st.integers(-1, 8))
    if kind == "large":
        return draw(st.integers(0, 10**40)), draw(st.integers(1, 6) | st.integers(1, 200))
    degree = draw(st.integers(1, 9))
    return draw(st.integers(0, 9) | st.integers(0, 10**12)) ** degree + draw(st.integers(-1, 1)), degree


BOTH = st.shared(arguments(), key="both")
STRATEGIES = (BOTH.map(lambda both: both[0]), BOTH.map(lambda both: both[1]))


def raises(number, degree):
    return ValueError if number < 0 or degree < 1 else None


def requires(number, degree):
    return True


def ensures(result, number, degree):
    return result >= 0 and result**degree <= number < (result + 1) ** degree
