def first_error(text):
    return text
