def merge_sorted(left, right):
    return left
