def inverse(number, modulus):
    return 1
