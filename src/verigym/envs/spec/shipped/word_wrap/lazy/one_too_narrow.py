"""Never fills a line to its last character."""


def wrap(text, width):
    if width < 1:
        raise ValueError
    lines = []
    for word in text.split():
        if lines and len(lines[-1]) + 1 + len(word) < width:
            lines[-1] += " " + word
        else:
            lines += [word[at : at + width] for at in range(0, len(word), width)]
    return lines
