"""Patterns by the set of places in the text that each part can lead to."""

Part = tuple[str, str]


def matches(pattern: str, text: str) -> bool:
    places = {0}
    for kind, members in _parts(pattern):
        if kind == "*":
            places = set(range(min(places, default=len(text) + 1), len(text) + 1))
        else:
            places = {at + 1 for at in places if at < len(text) and _fits(kind, members, text[at])}
    return len(text) in places


def _fits(kind: str, members: str, character: str) -> bool:
    if kind == "?":
        return True
    return (character in members) == (kind == "in")


def _parts(pattern: str) -> list[Part]:
    parts = []
    at = 0
    while at < len(pattern):
        character = pattern[at]
        if character == "[":
            end = pattern.find("]", at)
            members = pattern[at + 1 : max(end, at)]
            kind = "out" if members.startswith("!") else "in"
            members = members.removeprefix("!")
            if not members:
                raise ValueError(f"the set at {at}")
            parts.append((kind, members))
            at = end
        elif character in "*?":
            parts.append((character, ""))
        else:
            parts.append(("in", character))
        at += 1
    return parts
