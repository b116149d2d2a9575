def longest_rise(heights):
    return sorted(set(heights))
