def encode(points):
    return bytes(points)


def decode(data):
    return list(data)
