"""The best way for each run of neighbours, the short runs first."""

from string import ascii_uppercase


def cheapest_product(sizes: list[int]) -> tuple[int, str]:
    count = len(sizes) - 1
    best = {(i, i + 1): (0, ascii_uppercase[i]) for i in range(count)}
    for length in range(2, count + 1):
        for i in range(count - length + 1):
            best[i, i + length] = min(
                (_joined(best, sizes, i, cut, i + length) for cut in range(i + 1, i + length)),
                key=lambda way: way[0],
            )
    return best[0, count]


def _joined(
    best: dict[tuple[int, int], tuple[int, str]], sizes: list[int], i: int, cut: int, j: int
) -> tuple[int, str]:
    left, right = best[i, cut], best[cut, j]
    cost = left[0] + right[0] + sizes[i] * sizes[cut] * sizes[j]
    return cost, f"({left[1]}{right[1]})"
