def expand(numerator, denominator):
    return [numerator // denominator]


def collapse(terms):
    if not terms:
        raise ValueError
    return (terms[0], 1)
