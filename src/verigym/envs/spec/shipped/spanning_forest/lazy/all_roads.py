def spanning_forest(n, roads):
    return list(range(len(roads)))
