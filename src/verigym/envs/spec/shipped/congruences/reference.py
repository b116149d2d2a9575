"""One demand after the other, each put together with all before it."""

from math import gcd


def solve(congruences: list[tuple[int, int]]) -> tuple[int, int] | None:
    solution, step = 0, 1
    for remainder, modulus in congruences:
        shared = gcd(step, modulus)
        distance = remainder - solution
        if distance % shared:
            return None
        part = modulus // shared
        turns = distance // shared * pow(step // shared, -1, part) % part
        solution += turns * step
        step *= part
    return solution, step
