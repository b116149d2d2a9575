"""Trial division up to the square root of what is left."""


def factorise(number: int) -> list[tuple[int, int]]:
    if number < 1:
        raise ValueError(f"{number} is not positive")
    factors = []
    divisor = 2
    while divisor * divisor <= number:
        exponent = 0
        while number % divisor == 0:
            number //= divisor
            exponent += 1
        if exponent:
            factors.append((divisor, exponent))
        divisor += 1
    return [*factors, (number, 1)] if number > 1 else factors
