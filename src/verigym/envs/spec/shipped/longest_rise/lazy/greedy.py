"""Takes each number that is larger than the last one taken."""


def longest_rise(heights):
    best = []
    for start in range(len(heights)):
        found = heights[start : start + 1]
        for height in heights[start:]:
            if height > found[-1]:
                found.append(height)
        best = max(best, found, key=len)
    return best
