"""Kruskal: the cheapest road first, unless its places are connected already."""


def spanning_forest(n: int, roads: list[tuple[int, int, int]]) -> list[int]:
    part = list(range(n))
    chosen = []
    for index in sorted(range(len(roads)), key=lambda index: roads[index][2]):
        a, b, _ = roads[index]
        if part[a] != part[b]:
            chosen.append(index)
            part = [part[a] if one == part[b] else one for one in part]
    return chosen
