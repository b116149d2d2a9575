"""Huffman's code: the two rarest groups become one, until one is left."""

from heapq import heapify, heappop, heappush


def build_code(counts: dict[str, int]) -> dict[str, str]:
    groups = [(count, [character]) for character, count in counts.items()]
    heapify(groups)
    code = dict.fromkeys(counts, "" if len(counts) > 1 else "0")
    while len(groups) > 1:
        (few, some), (many, others) = heappop(groups), heappop(groups)
        for bit, group in (("0", some), ("1", others)):
            for character in group:
                code[character] = bit + code[character]
        heappush(groups, (few + many, some + others))
    return code


def encode(text: str, code: dict[str, str]) -> str:
    for character in text:
        if character not in code:
            raise ValueError(f"the code lacks {character}")
    return "".join(code[character] for character in text)


def decode(bits: str, code: dict[str, str]) -> str:
    characters = {word: character for character, word in code.items()}
    text, word = "", ""
    for bit in bits:
        word += bit
        if word in characters:
            text += characters[word]
            word = ""
    if word:
        raise ValueError(f"the end is no word: {word}")
    return text
