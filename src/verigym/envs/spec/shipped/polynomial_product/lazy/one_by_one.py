def multiply(first, second):
    return [a * b for a, b in zip(first, second)]
