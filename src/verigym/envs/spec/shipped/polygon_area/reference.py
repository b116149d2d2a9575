"""The shoelace formula."""


def doubled_area(corners: list[tuple[int, int]]) -> int:
    sides = zip(corners, corners[1:] + corners[:1])
    return abs(sum(x * v - u * y for (x, y), (u, v) in sides))
