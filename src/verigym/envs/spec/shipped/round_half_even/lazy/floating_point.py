"""Exact only for small numbers."""


def round_fraction(numerator, denominator):
    return round(numerator / denominator)
