"""Gives the spaces that are left over to the gaps on the right."""


def justify(words, width):
    lines = []
    for word in words:
        if lines and len(" ".join([*lines[-1], word])) <= width:
            lines[-1].append(word)
        else:
            lines.append([word])
    found = []
    for line in lines[:-1]:
        text = line[0]
        left = width - sum(map(len, line))
        for gaps, word in zip(range(len(line) - 1, 0, -1), line[1:]):
            space = left // gaps
            text += " " * space + word
            left -= space
        found.append(text.ljust(width))
    return found + [" ".join(line).ljust(width) for line in lines[-1:]]
