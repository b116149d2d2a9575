"""Leaves intervals that touch apart."""


def merge(intervals):
    merged = []
    for start, end in sorted(intervals):
        if start > end:
            raise ValueError
        if start == end:
            continue
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
