def distance(n, roads, start, goal):
    return 0 if start == goal else None
