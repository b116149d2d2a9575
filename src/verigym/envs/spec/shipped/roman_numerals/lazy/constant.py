def to_roman(number):
    return "I"


def from_roman(numeral):
    return 1
