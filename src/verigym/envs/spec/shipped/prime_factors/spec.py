"""Ascending primes whose powers make the number."""

from math import isqrt, prod

from hypothesis import strategies as st

PRIMES = st.sampled_from([2, 2, 3, 3, 5, 7, 11, 13, 17, 31, 97, 101])
PRODUCTS = st.lists(PRIMES, max_size=5).map(prod)
SQUARES = st.sampled_from([4, 9, 25, 49, 121, 10201, 94249, 1018081, 99460729])
LARGE = st.sampled_from([10**10, 9999999967, 99991 * 99989, 2**33, 3**20, 65537 * 3])
STRATEGIES = (st.integers(-2, 60) | PRODUCTS | st.integers(1, 10**5) | SQUARES | LARGE,)


def raises(number):
    return ValueError if number < 1 else None


def requires(number):
    return number <= 10**10


def ensures(result, number):
    primes = [p for p, _ in result]
    ascending = all(p < q for p, q in zip(primes, primes[1:]))
    powers = all(p >= 2 and e >= 1 for p, e in result)
    return (
        powers and ascending and prod(p**e for p, e in result) == number and all(map(is_prime, primes))
    )


def is_prime(number):
    return all(number % divisor for divisor in range(2, isqrt(number) + 1))
