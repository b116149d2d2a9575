"""Compares place by place."""


def edit_distance(first, second):
    differing = sum(a != b for a, b in zip(first, second))
    return differing + abs(len(first) - len(second))
