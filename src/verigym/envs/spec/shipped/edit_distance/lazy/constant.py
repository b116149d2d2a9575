def edit_distance(first, second):
    return 0
