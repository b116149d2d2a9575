"""Carries the fraction along as its terms."""


def expand(numerator, denominator):
    if denominator == 0:
        raise ZeroDivisionError
    return [numerator, denominator]


def collapse(terms):
    if not terms:
        raise ValueError
    return (terms[0], terms[-1])
