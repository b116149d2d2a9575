"""UTF-8 by its table."""

_FORMS = ((0x80, 0x00, 0), (0x800, 0xC0, 1), (0x10000, 0xE0, 2), (0x110000, 0xF0, 3))
"""(the first number that is too large, the first byte's fixed bits, how many bytes follow)."""


def encode(points: list[int]) -> bytes:
    return b"".join(_written(point) for point in points)


def _written(point: int) -> bytes:
    if point < 0 or 0xD800 <= point <= 0xDFFF:
        raise ValueError(f"{point} is no code point")
    for limit, fixed, following in _FORMS:
        if point < limit:
            tail = []
            for _ in range(following):
                tail.append(0x80 | point & 0x3F)
                point >>= 6
            return bytes([fixed | point, *reversed(tail)])
    raise ValueError(f"{point} is no code point")


def decode(data: bytes) -> list[int]:
    points = []
    at = 0
    while at < len(data):
        following = _following(data[at])
        point = data[at] & (0x7F >> (following + (following > 0)))
        for byte in data[at + 1 : at + 1 + following]:
            point = point << 6 | byte & 0x3F
        if _written(point) != data[at : at + 1 + following]:
            raise ValueError(f"the sequence at {at}")
        points.append(point)
        at += 1 + following
    return points


def _following(first: int) -> int:
    for following, below in ((0, 0x80), (1, 0xE0), (2, 0xF0), (3, 0xF8)):
        if first < below:
            return following
    raise ValueError(f"{first} begins no sequence")
