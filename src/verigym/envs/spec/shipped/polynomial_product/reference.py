"""Each coefficient with each."""


def multiply(first: list[int], second: list[int]) -> list[int]:
    product = [0] * (len(first) + len(second))
    for i, a in enumerate(first):
        for j, b in enumerate(second):
            product[i + j] += a * b
    while product and product[-1] == 0:
        product.pop()
    return product
