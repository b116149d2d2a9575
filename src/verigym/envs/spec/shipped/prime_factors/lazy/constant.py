def factorise(number):
    if number < 1:
        raise ValueError
    return []
