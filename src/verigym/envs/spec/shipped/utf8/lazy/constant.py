def encode(points):
    return b""


def decode(data):
    return []
