class RingBuffer:
    def __init__(self, capacity):
        if capacity < 1:
            raise ValueError
        self.capacity = capacity
        self.values = []

    def append(self, value):
        self.values.append(value)

    def take(self):
        return self.values.pop(0)

    def at(self, index):
        return self.values[index]

    def resize(self, capacity):
        if capacity < 1:
            raise ValueError
        self.capacity = capacity
        return []

    def room(self):
        return max(self.capacity - len(self.values), 0)

    def items(self):
        return list(self.values)
