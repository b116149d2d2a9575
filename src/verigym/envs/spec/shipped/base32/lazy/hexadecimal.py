def encode(data):
    return data.hex()


def decode(text):
    return bytes.fromhex(text)
