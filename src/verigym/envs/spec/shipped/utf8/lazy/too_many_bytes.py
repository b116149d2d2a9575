"""Reads sequences that are longer than they need to be."""


def encode(points):
    return "".join(map(chr, points)).encode()


def decode(data):
    points, at = [], 0
    while at < len(data):
        first = data[at]
        size = 1 if first < 0x80 else 2 if first < 0xE0 else 3 if first < 0xF0 else 4
        tail = data[at + 1 : at + size]
        if 0x80 <= first < 0xC0 or first >= 0xF8 or len(tail) < size - 1:
            raise ValueError
        if any(byte >> 6 != 2 for byte in tail):
            raise ValueError
        point = first if size == 1 else first & (0x7F >> size)
        for byte in tail:
            point = point << 6 | byte & 0x3F
        points.append(ord(chr(point)))
        at += size
    return points
