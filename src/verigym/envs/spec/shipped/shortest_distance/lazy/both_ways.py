"""Takes roads for two-way ones."""


def distance(n, roads, start, goal):
    found = {start: 0}
    for _ in range(n):
        for x, y, length in roads:
            for a, b in ((x, y), (y, x)):
                if a in found:
                    found[b] = min(found[a] + length, found.get(b, found[a] + length))
    return found.get(goal)
