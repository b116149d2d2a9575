def pack(numbers):
    return numbers


def unpack(data):
    return data
