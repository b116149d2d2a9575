def wrap(text, width):
    if width < 1:
        raise ValueError
    return [word[at : at + width] for word in text.split() for at in range(0, len(word), width)]
