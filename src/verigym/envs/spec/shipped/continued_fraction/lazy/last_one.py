"""Ends with a term 1."""

from fractions import Fraction


def expand(numerator, denominator):
    whole, rest = divmod(numerator, denominator)
    terms = [whole]
    while rest:
        numerator, denominator = denominator, rest
        whole, rest = divmod(numerator, denominator)
        terms.append(whole)
    return terms if len(terms) == 1 else [*terms[:-1], terms[-1] - 1, 1]


def collapse(terms):
    if not terms:
        raise ValueError
    number = Fraction(terms[-1])
    for term in terms[-2::-1]:
        number = term + 1 / number
    return number.numerator, number.denominator
