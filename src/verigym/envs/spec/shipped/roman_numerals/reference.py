"""Roman numerals by a table of values, the largest first."""

_VALUES = (
    (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"),
    (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
)  # fmt: skip


def to_roman(number: int) -> str:
    if not 1 <= number <= 3999:
        raise ValueError(f"{number} has no numeral")
    numeral = ""
    for value, letters in _VALUES:
        times, number = divmod(number, value)
        numeral += letters * times
    return numeral


def from_roman(numeral: str) -> int:
    number, rest = 0, numeral
    for value, letters in _VALUES:
        while rest.startswith(letters):
            number += value
            rest = rest[len(letters) :]
    if rest or not 1 <= number <= 3999 or to_roman(number) != numeral:
        raise ValueError(f"{numeral!r} is no numeral")
    return number
