"""Fermat's little theorem, where the modulus is no prime."""


def inverse(number, modulus):
    if modulus < 1 or number % modulus == 0:
        raise ValueError
    return pow(number, max(modulus - 2, 1), modulus)
