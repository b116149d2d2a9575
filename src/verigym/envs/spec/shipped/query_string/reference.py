"""Query strings, byte by byte."""

_HEX = "0123456789abcdefABCDEF"
_PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~")


def build_query(pairs: list[tuple[str, str]]) -> str:
    return "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in pairs)


def _quoted(text: str) -> str:
    return "".join(
        chr(byte) if byte in _PLAIN else "+" if byte == 32 else f"%{byte:02X}" for byte in text.encode()
    )


def parse_query(query: str) -> list[tuple[str, str]]:
    pieces = [piece.partition("=") for piece in query.split("&") if piece]
    return [(_unquoted(name), _unquoted(value)) for name, _, value in pieces]


def _unquoted(text: str) -> str:
    start, *rest = text.replace("+", " ").split("%")
    data = bytearray(start.encode())
    for part in rest:
        digits = part[:2]
        if len(digits) != 2 or any(digit not in _HEX for digit in digits):
            raise ValueError(f"no hexadecimal digits: {digits}")
        data.append(int(digits, 16))
        data += part[2:].encode()
    return data.decode()
