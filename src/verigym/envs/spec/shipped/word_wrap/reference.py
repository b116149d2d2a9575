"""Greedy filling of lines, with long words cut."""


def wrap(text: str, width: int) -> list[str]:
    if width < 1:
        raise ValueError(f"the width {width}")
    lines: list[str] = []
    for word in text.split(" "):
        if not word:
            continue
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += " " + word
        else:
            lines += [word[at : at + width] for at in range(0, len(word), width)]
    return lines
