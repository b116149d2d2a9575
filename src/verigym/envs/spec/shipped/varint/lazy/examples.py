def pack(numbers):
    return bytes([1, 172, 2])


def unpack(data):
    if data == bytes([127, 128, 1]):
        return [127, 128]
    raise ValueError
