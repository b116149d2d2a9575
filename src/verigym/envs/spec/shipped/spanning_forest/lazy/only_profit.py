"""Leaves out what costs something, or takes any circle that pays."""


def spanning_forest(n, roads):
    part = list(range(n))
    chosen = []
    for index in sorted(range(len(roads)), key=lambda index: abs(roads[index][2])):
        a, b, _ = roads[index]
        if part[a] != part[b]:
            chosen.append(index)
            part = [part[a] if one == part[b] else one for one in part]
    return chosen
