"""Stops one divisor early, so the square of a prime stays whole."""


def factorise(number):
    if number < 1:
        raise ValueError
    factors = {}
    divisor = 2
    while divisor * divisor < number:
        while number % divisor == 0:
            factors[divisor] = factors.get(divisor, 0) + 1
            number //= divisor
        divisor += 1
    if number > 1:
        factors[number] = factors.get(number, 0) + 1
    return sorted(factors.items())
