"""Multiplies the moduli, which is right when they are coprime."""

from math import gcd, prod


def solve(congruences):
    total = prod(m for _, m in congruences)
    x = 0
    for r, m in congruences:
        rest = total // m
        if gcd(rest, m) != 1:
            return None
        x += r * rest * pow(rest, -1, m)
    return x % total, total
