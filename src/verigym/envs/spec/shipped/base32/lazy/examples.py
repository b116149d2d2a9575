def encode(data):
    return "91mj2"


def decode(text):
    if text == "91mj2":
        return b"Hi!"
    raise ValueError
