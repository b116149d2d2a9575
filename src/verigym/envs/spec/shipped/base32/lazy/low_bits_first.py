"""Fills up with zeros at the front."""

_CHARACTERS = "0123456789abcdefghjkmnpqrstvwxyz"


def encode(data):
    number, text = int.from_bytes(data, "big"), ""
    for _ in range(-(-8 * len(data) // 5)):
        text = _CHARACTERS[number % 32] + text
        number //= 32
    return text


def decode(text):
    if set(text) - set(_CHARACTERS):
        raise ValueError
    number = 0
    for character in text:
        number = 32 * number + _CHARACTERS.index(character)
    data = (number).to_bytes(5 * len(text) // 8 + 1, "big")[1:]
    if encode(data) != text:
        raise ValueError
    return data
