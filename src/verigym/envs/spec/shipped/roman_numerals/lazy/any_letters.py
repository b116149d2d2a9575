"""Reads any letters by the rule of the smaller before the larger, numeral or not."""

_WORTH = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}


def to_roman(number):
    if not 1 <= number <= 3999:
        raise ValueError(number)
    thousands = "M" * (number // 1000)
    hundreds = ["", "C", "CC", "CCC", "CD", "D", "DC", "DCC", "DCCC", "CM"][number // 100 % 10]
    tens = ["", "X", "XX", "XXX", "XL", "L", "LX", "LXX", "LXXX", "XC"][number // 10 % 10]
    ones = ["", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"][number % 10]
    return thousands + hundreds + tens + ones


def from_roman(numeral):
    if not numeral or set(numeral) - set(_WORTH):
        raise ValueError(numeral)
    total = 0
    for index, letter in enumerate(numeral):
        one = _WORTH[letter]
        later = max((_WORTH[other] for other in numeral[index + 1 :]), default=0)
        total += -one if one < later else one
    return total
