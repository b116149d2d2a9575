"""Takes roads as they come, not the cheapest first."""


def spanning_forest(n, roads):
    part = list(range(n))
    chosen = []
    for index, (a, b, _) in enumerate(roads):
        if part[a] != part[b]:
            chosen.append(index)
            part = [part[a] if one == part[b] else one for one in part]
    return chosen
