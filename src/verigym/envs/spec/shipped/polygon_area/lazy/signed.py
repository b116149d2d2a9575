"""Negative for corners in clockwise order."""


def doubled_area(corners):
    return sum(x * v - u * y for (x, y), (u, v) in zip(corners, corners[1:] + corners[:1]))
