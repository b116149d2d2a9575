"""Five bits a character."""

_CHARACTERS = "0123456789abcdefghjkmnpqrstvwxyz"


def encode(data: bytes) -> str:
    bits = "".join(f"{byte:08b}" for byte in data)
    bits += "0" * (-len(bits) % 5)
    return "".join(_CHARACTERS[int(bits[at : at + 5], 2)] for at in range(0, len(bits), 5))


def decode(text: str) -> bytes:
    if any(character not in _CHARACTERS for character in text):
        raise ValueError(f"other characters: {text}")
    bits = "".join(f"{_CHARACTERS.index(character):05b}" for character in text)
    end = len(bits) // 8 * 8
    if len(bits) - end > 4 or "1" in bits[end:]:
        raise ValueError(f"bits that are too many: {bits[end:]}")
    return bytes(int(bits[at : at + 8], 2) for at in range(0, end, 8))
