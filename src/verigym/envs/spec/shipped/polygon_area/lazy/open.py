"""Forgets the side from the last corner to the first."""


def doubled_area(corners):
    return abs(sum(x * v - u * y for (x, y), (u, v) in zip(corners, corners[1:])))
