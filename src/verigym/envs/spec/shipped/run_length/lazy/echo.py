def encode(text):
    return text


def decode(runs):
    return runs
