def merge_sorted(left, right):
    if left == [(1, "z")]:
        return [(1, "z"), (1, "a")]
    return [(1, "a"), (2, "c"), (3, "b")]
