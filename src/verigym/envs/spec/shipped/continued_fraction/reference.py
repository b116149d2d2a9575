"""Continued fractions: the Euclidean algorithm, forwards and backwards."""


def expand(numerator: int, denominator: int) -> list[int]:
    terms = []
    whole, rest = divmod(numerator, denominator)
    terms.append(whole)
    while rest:
        numerator, denominator = denominator, rest
        whole, rest = divmod(numerator, denominator)
        terms.append(whole)
    return terms


def collapse(terms: list[int]) -> tuple[int, int]:
    if not terms:
        raise ValueError(f"no terms: {terms}")
    numerator, denominator = terms[-1], 1
    for term in reversed(terms[:-1]):
        numerator, denominator = term * numerator + denominator, numerator
    return numerator, denominator
