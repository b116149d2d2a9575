"""Front coding: a word by what it shares with the one before it."""


def shorten(words: list[str]) -> list[tuple[int, str]]:
    coded = []
    before = ""
    for word in words:
        common = _common(before, word)
        coded.append((common, word[common:]))
        before = word
    return coded


def restore(coded: list[tuple[int, str]]) -> list[str]:
    words = []
    before = ""
    for common, rest in coded:
        word = before[: max(common, 0)] + rest
        if _common(before, word) != common:
            raise ValueError(f"{common} characters of {before}")
        words.append(word)
        before = word
    return words


def _common(before: str, word: str) -> int:
    common = 0
    for a, b in zip(before[:9], word):
        if a != b:
            break
        common += 1
    return common
