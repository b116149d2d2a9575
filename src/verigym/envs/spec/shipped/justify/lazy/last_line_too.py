"""Pushes the words of the last line apart as well."""


def justify(words, width):
    lines = []
    for word in words:
        if lines and len(" ".join([*lines[-1], word])) <= width:
            lines[-1].append(word)
        else:
            lines.append([word])
    found = []
    for line in lines:
        text = line[0]
        gaps = len(line) - 1
        left = width - sum(map(len, line))
        for index, word in enumerate(line[1:]):
            space = -(-left // (gaps - index))
            text += " " * space + word
            left -= space
        found.append(text.ljust(width))
    return found
