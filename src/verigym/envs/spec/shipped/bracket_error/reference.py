"""Brackets by a stack of the open ones."""

_CLOSES = {")": "(", "]": "[", "}": "{"}


def first_error(text: str) -> int:
    opened: list[int] = []
    for index, character in enumerate(text):
        if character in _CLOSES.values():
            opened.append(index)
        elif character in _CLOSES and (not opened or text[opened.pop()] != _CLOSES[character]):
            return index
    return opened[0] if opened else -1
