"""The shoelace formula."""


def doubled_area(corners: list[tuple[int, int]]) -> int:
    total = 0
    x, y = corners[-1] if corners else (0, 0)
    for next_x, next_y in corners:
        total += x * next_y - next_x * y
        x, y = next_x, next_y
    return abs(total)
