def merge_sorted(left, right):
    left.extend(right)
    left.sort(key=lambda pair: pair[0])
    return left
