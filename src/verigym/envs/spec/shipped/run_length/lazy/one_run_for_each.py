def encode(text):
    return [(char, 1) for char in text]


def decode(runs):
    if any(count < 1 or len(char) != 1 for char, count in runs):
        raise ValueError
    return "".join(char * count for char, count in runs)
