def pack(numbers):
    return bytes(numbers)


def unpack(data):
    return list(data)
