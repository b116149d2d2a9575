"""Exact only as long as floats are."""


def integer_root(number, degree):
    if number < 0 or degree < 1:
        raise ValueError
    return int(number ** (1 / degree))
