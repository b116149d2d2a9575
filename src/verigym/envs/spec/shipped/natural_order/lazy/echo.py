def natural_sort(names):
    return names
