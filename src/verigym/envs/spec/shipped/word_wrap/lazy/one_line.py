def wrap(text, width):
    if width < 1:
        raise ValueError
    return [text] if text else []
