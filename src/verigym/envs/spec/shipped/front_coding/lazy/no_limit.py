"""Knows no limit of 9."""


def shared(before, word):
    return next(
        (i for i, (a, b) in enumerate(zip(before, word)) if a != b), min(len(before), len(word))
    )


def shorten(words):
    numbers = [shared(before, word) for before, word in zip(["", *words], words)]
    return [(number, word[number:]) for number, word in zip(numbers, words)]


def restore(coded):
    words, before = [], ""
    for number, rest in coded:
        before = before[: max(number, 0)] + rest
        words.append(before)
    if shorten(words) != coded:
        raise ValueError
    return words
