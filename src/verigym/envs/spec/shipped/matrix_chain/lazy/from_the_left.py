def cheapest_product(sizes):
    text, cost = "A", 0
    for index in range(2, len(sizes)):
        cost += sizes[0] * sizes[index - 1] * sizes[index]
        text = f"({text}{chr(64 + index)})"
    return cost, text
