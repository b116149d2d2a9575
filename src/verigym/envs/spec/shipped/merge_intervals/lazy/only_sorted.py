def merge(intervals):
    if any(start > end for start, end in intervals):
        raise ValueError
    return sorted(set(intervals))
