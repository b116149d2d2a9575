def parse(text):
    return None


def dump(value):
    return "null"
