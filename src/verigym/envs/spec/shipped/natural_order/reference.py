"""Sorting by a key of parts, and by the name itself where that is equal."""

Part = tuple[int, int, str]


def natural_sort(names: list[str]) -> list[str]:
    return sorted(names, key=lambda name: (_parts(name), name))


def _parts(name: str) -> list[Part]:
    parts: list[Part] = []
    digits = ""
    for character in [*name.lower(), ""]:
        if character in "0123456789" and character:
            digits += character
            continue
        if digits:
            parts.append((0, int(digits), ""))
            digits = ""
        if character:
            parts.append((1, 0, character))
    return parts
