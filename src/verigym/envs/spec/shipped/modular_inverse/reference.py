"""The inverse by the extended Euclidean algorithm."""


def inverse(number: int, modulus: int) -> int:
    if modulus < 1:
        raise ValueError(f"the modulus {modulus}")
    rest, divisor = number % modulus, modulus
    factor, other = 1, 0
    while rest > 1:
        quotient = divisor // rest
        divisor, rest = rest, divisor - quotient * rest
        other, factor = factor, other - quotient * factor
    if rest == 0 and modulus > 1:
        raise ValueError(f"{number} has no inverse modulo {modulus}")
    return factor % modulus
