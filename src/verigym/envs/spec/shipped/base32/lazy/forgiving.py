"""Does not look at the bits that were added at the end, nor at the length."""

_CHARACTERS = "0123456789abcdefghjkmnpqrstvwxyz"


def encode(data):
    bits = "".join(f"{byte:08b}" for byte in data)
    bits += "0" * (-len(bits) % 5)
    return "".join(_CHARACTERS[int(bits[at : at + 5], 2)] for at in range(0, len(bits), 5))


def decode(text):
    if set(text) - set(_CHARACTERS):
        raise ValueError
    bits = "".join(f"{_CHARACTERS.index(character):05b}" for character in text)
    return bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits) // 8 * 8, 8))
