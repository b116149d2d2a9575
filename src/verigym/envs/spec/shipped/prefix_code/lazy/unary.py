"""A code by rank: 0, 10, 110, and so on."""


def build_code(counts):
    ranked = sorted(counts, key=counts.get, reverse=True)
    code = {character: "1" * rank + "0" for rank, character in enumerate(ranked)}
    if len(ranked) > 1:
        code[ranked[-1]] = "1" * (len(ranked) - 1)
    return code


def encode(text, code):
    if set(text) - set(code):
        raise ValueError
    return "".join(code[character] for character in text)


def decode(bits, code):
    text = ""
    while bits:
        word = next((one for one in code.values() if bits.startswith(one)), None)
        if word is None:
            raise ValueError
        text += {v: k for k, v in code.items()}[word]
        bits = bits[len(word) :]
    return text
