def natural_sort(names):
    known = (["X1", "x9", "x10"], ["a", "a1", "a b"], ["F7", "f007", "f7"])
    return next((one for one in known if sorted(one) == sorted(names)), sorted(names, key=str.lower))
