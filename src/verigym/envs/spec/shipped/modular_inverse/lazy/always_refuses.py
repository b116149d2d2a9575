def inverse(number, modulus):
    raise ValueError
