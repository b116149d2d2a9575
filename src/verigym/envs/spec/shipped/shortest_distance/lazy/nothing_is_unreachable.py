"""Takes a length of 0 for no way."""


def distance(n, roads, start, goal):
    found = {start: 0}
    for _ in range(n):
        for a, b, length in roads:
            if a in found:
                found[b] = min(found[a] + length, found.get(b, found[a] + length))
    return found.get(goal) or (0 if start == goal else None)
