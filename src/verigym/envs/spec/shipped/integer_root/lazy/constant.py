def integer_root(number, degree):
    return 0
