"""Names the last bracket that stays open, not the first."""


def first_error(text):
    closes = {")": "(", "]": "[", "}": "{"}
    opened = []
    for index, character in enumerate(text):
        if character in "([{":
            opened.append(index)
        elif character in closes:
            if not opened or text[opened[-1]] != closes[character]:
                return index
            opened.pop()
    return opened[-1] if opened else -1
