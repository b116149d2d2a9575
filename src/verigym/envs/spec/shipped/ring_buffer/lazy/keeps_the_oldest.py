"""Drops the newest values when it shrinks."""


class RingBuffer:
    def __init__(self, capacity):
        self.values = []
        self.resize(capacity)

    def append(self, value):
        self.values.append(value)
        return self.values.pop(0) if len(self.values) > self.capacity else None

    def take(self):
        return self.values.pop(0)

    def at(self, index):
        return self.values[index]

    def resize(self, capacity):
        if capacity < 1:
            raise ValueError
        self.capacity = capacity
        dropped = self.values[capacity:]
        self.values = self.values[:capacity]
        return dropped

    def room(self):
        return self.capacity - len(self.values)

    def items(self):
        return list(self.values)
