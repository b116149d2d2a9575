def build_code(counts):
    return {}


def encode(text, code):
    return ""


def decode(bits, code):
    return ""
