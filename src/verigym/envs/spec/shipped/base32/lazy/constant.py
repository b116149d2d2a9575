def encode(data):
    return ""


def decode(text):
    return b""
