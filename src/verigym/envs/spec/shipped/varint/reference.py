"""Seven bits a byte, the lowest first (LEB128)."""


def pack(numbers: list[int]) -> bytes:
    data = bytearray()
    for number in numbers:
        if number < 0:
            raise ValueError(f"{number} is negative")
        while number > 127:
            data.append(number & 127 | 128)
            number >>= 7
        data.append(number)
    return bytes(data)


def unpack(data: bytes) -> list[int]:
    numbers = []
    number, shift = 0, 0
    for byte in data:
        number |= (byte & 127) << shift
        if byte > 127:
            shift += 7
        elif byte == 0 and shift:
            raise ValueError(f"{number} has a byte too many")
        else:
            numbers.append(number)
            number, shift = 0, 0
    if shift:
        raise ValueError(f"the data ends {shift} bits into a number")
    return numbers
