"""The length of a way with the fewest roads."""


def distance(n, roads, start, goal):
    reached = {start: 0}
    new = [start]
    while new:
        found = {}
        for a, b, length in roads:
            if a in new and b not in reached:
                found[b] = min(found.get(b, reached[a] + length), reached[a] + length)
        reached.update(found)
        new = list(found)
    return reached.get(goal)
