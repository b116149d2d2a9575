"""Restores whatever it is given."""


def shared(before, word):
    return next(
        (i for i, (a, b) in enumerate(zip(before, word)) if a != b), min(len(before), len(word))
    )


def shorten(words):
    numbers = [min(9, shared(before, word)) for before, word in zip(["", *words], words)]
    return [(number, word[number:]) for number, word in zip(numbers, words)]


def restore(coded):
    words, before = [], ""
    for number, rest in coded:
        if not 0 <= number <= len(before):
            raise ValueError
        before = before[:number] + rest
        words.append(before)
    return words
