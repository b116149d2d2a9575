"""Reads numbers with bytes that they do not need."""


def pack(numbers):
    data = []
    for number in numbers:
        if number < 0:
            raise ValueError
        while number >= 128:
            data.append(number % 128 + 128)
            number //= 128
        data.append(number)
    return bytes(data)


def unpack(data):
    numbers, number, shift = [], 0, 0
    for byte in data:
        number += (byte % 128) << shift
        shift += 7
        if byte < 128:
            numbers.append(number)
            number, shift = 0, 0
    if shift:
        raise ValueError
    return numbers
