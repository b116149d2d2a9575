"""Rounding to the nearest, ties to even, in whole numbers."""


def round_fraction(numerator: int, denominator: int) -> int:
    below, rest = divmod(numerator, denominator)
    excess = 2 * abs(rest) - abs(denominator)
    if excess > 0 or (excess == 0 and below % 2 == 1):
        return below + 1
    return below
