def shorten(words):
    return [(0, word) for word in words]


def restore(coded):
    return [word for _, word in coded]
