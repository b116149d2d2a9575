"""A strict JSON by recursive descent."""

from typing import Any

_ESCAPES = {'"': '"', "\\": "\\", "n": "\n", "t": "\t"}
_WORDS = {"null": None, "true": True, "false": False}
_HEX = "0123456789abcdefABCDEF"


def dump(value: Any) -> str:
    for word, meaning in _WORDS.items():
        if value is meaning:
            return word
    if isinstance(value, int):
        return f"{value:d}"
    if isinstance(value, str):
        return '"' + "".join(map(_escaped, value)) + '"'
    if isinstance(value, list):
        return "[" + ",".join(map(dump, value)) + "]"
    return "{" + ",".join(f"{dump(key)}:{dump(value[key])}" for key in sorted(value)) + "}"


def _escaped(character: str) -> str:
    for short, meaning in _ESCAPES.items():
        if character == meaning:
            return "\\" + short
    return f"\\u{ord(character):04x}" if character < " " else character


def parse(text: str) -> Any:
    reader = _Reader(text)
    value = reader.value()
    if reader.at < len(text):
        raise reader.wrong()
    return value


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def wrong(self) -> ValueError:
        return ValueError(f"not expected at {self.at}: {self.text[self.at : self.at + 1]}")

    def taken(self, token: str) -> bool:
        """Whether a token comes next, which is then read."""
        found = self.text.startswith(token, self.at)
        if found:
            self.at += len(token)
        return found

    def need(self, token: str) -> None:
        if not self.taken(token):
            raise self.wrong()

    def blanks(self) -> None:
        while self.taken(" ") or self.taken("\n"):
            pass

    def value(self) -> Any:
        self.blanks()
        value = self.bare_value()
        self.blanks()
        return value

    def bare_value(self) -> Any:
        for word, meaning in _WORDS.items():
            if self.taken(word):
                return meaning
        if self.taken('"'):
            return self.string()
        if self.taken("["):
            return self.array()
        if self.taken("{"):
            return self.object()
        return self.number()

    def number(self) -> int:
        sign = -1 if self.taken("-") else 1
        start = self.at
        while self.text[self.at : self.at + 1] in tuple("0123456789"):
            self.at += 1
        digits = self.text[start : self.at]
        if not digits or (digits[0] == "0" and digits != "0"):
            raise self.wrong()
        return sign * int(digits)

    def string(self) -> str:
        found = ""
        while not self.taken('"'):
            character = self.text[self.at : self.at + 1]
            if character < " ":
                raise self.wrong()
            self.at += 1
            found += self.escape() if character == "\\" else character
        return found

    def escape(self) -> str:
        for short, meaning in _ESCAPES.items():
            if self.taken(short):
                return meaning
        self.need("u")
        digits = self.text[self.at : self.at + 4]
        if len(digits) < 4 or any(digit not in _HEX for digit in digits):
            raise self.wrong()
        code = int(digits, 16)
        if 0xD800 <= code <= 0xDFFF:
            raise self.wrong()
        self.at += 4
        return chr(code)

    def array(self) -> list[Any]:
        items: list[Any] = []
        self.blanks()
        if self.taken("]"):
            return items
        items.append(self.value())
        while self.taken(","):
            items.append(self.value())
        self.need("]")
        return items

    def object(self) -> dict[str, Any]:
        entries: dict[str, Any] = {}
        self.blanks()
        if self.taken("}"):
            return entries
        self.entry(entries)
        while self.taken(","):
            self.entry(entries)
        self.need("}")
        return entries

    def entry(self, entries: dict[str, Any]) -> None:
        self.blanks()
        self.need('"')
        key = self.string()
        if key in entries:
            raise self.wrong()
        self.blanks()
        self.need(":")
        entries[key] = self.value()
