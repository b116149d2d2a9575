"""A ring of fixed places, with the place of the oldest value and the number of values."""


class RingBuffer:
    def __init__(self, capacity: int) -> None:
        self._places: list[int] = []
        self._oldest = 0
        self._size = 0
        self.resize(capacity)

    def append(self, value: int) -> int | None:
        lost = self.take() if self._size == len(self._places) else None
        self._places[(self._oldest + self._size) % len(self._places)] = value
        self._size += 1
        return lost

    def take(self) -> int:
        value = self.at(0)
        self._oldest = (self._oldest + 1) % len(self._places)
        self._size -= 1
        return value

    def at(self, index: int) -> int:
        if not -self._size <= index < self._size:
            raise IndexError(f"{index} of {self._size} values")
        return self._places[(self._oldest + index % self._size) % len(self._places)]

    def resize(self, capacity: int) -> list[int]:
        if capacity < 1:
            raise ValueError(f"a capacity of {capacity}")
        values = self.items()
        dropped = max(len(values) - capacity, 0)
        self._size = len(values) - dropped
        self._oldest = 0
        self._places = values[dropped:] + [0] * (capacity - self._size)
        return values[:dropped]

    def room(self) -> int:
        return len(self._places) - self._size

    def items(self) -> list[int]:
        return [self.at(index) for index in range(self._size)]
