import re


def evaluate(text):
    found = re.search("[0-9]+", text)
    if not found:
        raise ValueError
    return int(found[0])
