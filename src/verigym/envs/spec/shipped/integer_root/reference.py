"""Integer roots by bisection."""


def integer_root(number: int, degree: int) -> int:
    if number < 0 or degree < 1:
        raise ValueError(f"no root of degree {degree} of {number}")
    low, high = 0, 1 << (number.bit_length() // degree + 1)
    while high - low > 1:
        middle = (low + high) // 2
        if middle**degree <= number:
            low = middle
        else:
            high = middle
    return low
