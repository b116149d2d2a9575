"""Rounds ties up."""


def round_fraction(numerator, denominator):
    return (2 * numerator + denominator) // (2 * denominator)
