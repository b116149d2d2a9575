def merge(intervals):
    return intervals
