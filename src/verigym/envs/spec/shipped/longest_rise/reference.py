"""For each number the longest rise that ends with it."""


def longest_rise(heights: list[int]) -> list[int]:
    rises: list[list[int]] = []
    for index, height in enumerate(heights):
        before: list[int] = []
        for other in range(index):
            if heights[other] < height and len(rises[other]) > len(before):
                before = rises[other]
        rises.append([*before, height])
    return max(rises, key=len, default=[])
