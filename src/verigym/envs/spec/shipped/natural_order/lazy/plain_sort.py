def natural_sort(names):
    return sorted(names)
