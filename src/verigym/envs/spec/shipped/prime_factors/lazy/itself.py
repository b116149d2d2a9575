def factorise(number):
    if number < 1:
        raise ValueError
    return [(number, 1)] if number > 1 else []
