"""Leaves zeros at the end."""


def multiply(first, second):
    if not first or not second:
        return []
    product = [0] * (len(first) + len(second) - 1)
    for i, a in enumerate(first):
        for j, b in enumerate(second):
            product[i + j] += a * b
    return product
