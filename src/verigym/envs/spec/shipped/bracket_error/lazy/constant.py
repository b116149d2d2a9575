def first_error(text):
    return -1
