def doubled_area(corners):
    if len(corners) < 3:
        return 0
    xs, ys = zip(*corners)
    return 2 * (max(xs) - min(xs)) * (max(ys) - min(ys))
