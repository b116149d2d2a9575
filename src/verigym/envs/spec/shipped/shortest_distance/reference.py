"""Dijkstra: of the places in reach the nearest one is settled next."""

from heapq import heappop, heappush


def distance(n: int, roads: list[tuple[int, int, int]], start: int, goal: int) -> int | None:
    onward: list[list[tuple[int, int]]] = [[] for _ in range(n)]
    for a, b, length in roads:
        onward[a].append((b, length))
    settled: set[int] = set()
    reach = [(0, start)]
    while reach:
        far, place = heappop(reach)
        if place == goal:
            return far
        if place not in settled:
            settled.add(place)
            for after, length in onward[place]:
                heappush(reach, (far + length, after))
    return None
