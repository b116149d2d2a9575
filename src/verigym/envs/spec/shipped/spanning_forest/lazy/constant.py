def spanning_forest(n, roads):
    return []
