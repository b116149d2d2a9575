"""Products before and after a change of a factor, and their values at some places."""

from hypothesis import strategies as st

NUMBERS = st.integers(-3, 3) | st.sampled_from([0, 0, 1, -1]) | st.integers(-(10**15), 10**15)
POLYNOMIALS = st.lists(NUMBERS, max_size=6) | st.lists(st.integers(-1, 1), max_size=4)
STRATEGIES = (POLYNOMIALS, POLYNOMIALS)


def value(polynomial, x):
    return sum(coefficient * x**power for power, coefficient in enumerate(polynomial))


def is_short(polynomial):
    return not polynomial or polynomial[-1] != 0


def change(first, second):
    """The other way round."""
    return second, first


def relation(product, turned, first, second):
    places = (0, 1, -1, 2, 10**40)
    values = all(value(product, x) == value(first, x) * value(second, x) for x in places)
    return product == turned and is_short(product) and values


def change_shift(first, second):
    """x times the first, with zeros at the end: the product moves up."""
    return [0, *first, 0, 0], second


def relation_shift(before, after, first, second):
    return after == ([0, *before] if before else [])


def change_sum(first, second):
    """1 added to the first: the second is added to the product."""
    return ([first[0] + 1, *first[1:]] if first else [1]), second


def relation_sum(before, after, first, second):
    longest = max(len(before), len(after), len(second))
    padded = [[*one, *[0] * (longest - len(one))] for one in (before, after, second)]
    return is_short(after) and all(a + c == b for a, b, c in zip(*padded))


def change_sign(first, second):
    return [-a for a in first], [-3 * b for b in second]


def relation_sign(before, after, first, second):
    return after == [3 * c for c in before]
