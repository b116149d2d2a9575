def merge_sorted(left, right):
    return sorted(left + right)
