"""Counts each kind by itself, so crossed pairs pass."""


def first_error(text):
    opened = {"(": [], "[": [], "{": []}
    closes = {")": "(", "]": "[", "}": "{"}
    for index, character in enumerate(text):
        if character in opened:
            opened[character].append(index)
        elif character in closes:
            if not opened[closes[character]]:
                return index
            opened[closes[character]].pop()
    return min((stack[0] for stack in opened.values() if stack), default=-1)
