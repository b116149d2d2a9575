def multiply(first, second):
    return []
