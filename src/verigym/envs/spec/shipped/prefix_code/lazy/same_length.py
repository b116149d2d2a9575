"""Words of equal length for all."""


def build_code(counts):
    size = max(1, (len(counts) - 1).bit_length())
    return {character: format(index, f"0{size}b") for index, character in enumerate(counts)}


def encode(text, code):
    if set(text) - set(code):
        raise ValueError
    return "".join(code[character] for character in text)


def decode(bits, code):
    text = ""
    while bits:
        for character, word in code.items():
            if bits.startswith(word):
                text += character
                bits = bits[len(word) :]
                break
        else:
            raise ValueError
    return text
