def wrap(text, width):
    return []
