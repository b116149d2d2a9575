def to_roman(number):
    return str(number)


def from_roman(numeral):
    return int(numeral)
