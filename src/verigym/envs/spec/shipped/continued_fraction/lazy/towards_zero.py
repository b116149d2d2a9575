"""Cuts negative fractions towards zero."""

from fractions import Fraction


def expand(numerator, denominator):
    fraction = Fraction(numerator, denominator)
    terms = [int(fraction)]
    while fraction != terms[-1]:
        fraction = 1 / (fraction - terms[-1])
        terms.append(int(fraction))
    return terms


def collapse(terms):
    if not terms:
        raise ValueError
    number = Fraction(terms[-1])
    for term in terms[-2::-1]:
        number = term + 1 / number
    return number.numerator, number.denominator
