"""Lines are filled greedily, then their gaps widened from the left."""


def justify(words: list[str], width: int) -> list[str]:
    lines: list[list[str]] = []
    for word in words:
        if lines and len(" ".join([*lines[-1], word])) <= width:
            lines[-1].append(word)
        else:
            lines.append([word])
    full = [_spread(line, width) for line in lines[:-1]]
    return full + [" ".join(line).ljust(width) for line in lines[-1:]]


def _spread(line: list[str], width: int) -> str:
    gaps = len(line) - 1
    if gaps == 0:
        return line[0].ljust(width)
    spaces, more = divmod(width - sum(map(len, line)), gaps)
    text = ""
    for index, word in enumerate(line[:-1]):
        text += word + " " * (spaces + (index < more))
    return text + line[-1]
