def integer_root(number, degree):
    if number < 0 or degree < 1:
        raise ValueError
    return number
