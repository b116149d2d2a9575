"""Computes what binds equally tightly from the right."""

import re


def evaluate(text):
    if re.sub(r"[0-9+*/() -]", "", text) or re.search(r"[0-9] +[0-9]", text):
        raise ValueError
    tokens = re.findall(r"[0-9]+|[^ ]", text)
    divided = []

    def take(wanted):
        return tokens.pop(0) if tokens and tokens[0] in wanted else None

    def factor():
        if take(("-",)):
            return -factor()
        if take(("(",)):
            number = total()
            if not take((")",)):
                raise ValueError
            return number
        if not tokens or not tokens[0].isdigit():
            raise ValueError
        return int(tokens.pop(0))

    def product():
        number = factor()
        if take(("*",)):
            return number * product()
        if take(("/",)):
            other = product()
            divided.append(other)
            sign = 1 if number * other >= 0 else -1
            return sign * (abs(number) // abs(other or 1))
        return number

    def total():
        number = product()
        if take(("+",)):
            return number + total()
        return number - total() if take(("-",)) else number

    result = total()
    if tokens:
        raise ValueError
    if 0 in divided:
        raise ZeroDivisionError
    return result
