"""Lets the numbers from 0xD800 to 0xDFFF through."""


def encode(points):
    return "".join(map(chr, points)).encode("utf-8", "surrogatepass")


def decode(data):
    return [ord(character) for character in data.decode("utf-8", "surrogatepass")]
