"""A product that leaves 1, or a common divisor."""

from math import gcd

from hypothesis import strategies as st

NUMBERS = st.integers(-30, 60) | st.integers(-(10**9), 10**9) | st.integers(-(10**60), 10**60)
MODULI = (
    st.integers(-2, 40) | st.sampled_from([1, 2, 2**31, 10**9 + 7, 2**127 - 1]) | st.integers(1, 10**60)
)
STRATEGIES = (NUMBERS, MODULI)


def raises(number, modulus):
    return ValueError if modulus < 1 or gcd(number, modulus) != 1 else None


def ensures(result, number, modulus):
    return 0 <= result < modulus and (number * result - 1) % modulus == 0
