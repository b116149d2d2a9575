def encode(points):
    return b"H\xc3\xa9"


def decode(data):
    if data == b"\xe2\x82\xac":
        return [0x20AC]
    raise ValueError
