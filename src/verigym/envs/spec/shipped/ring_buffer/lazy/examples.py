class RingBuffer:
    def __init__(self, capacity):
        pass

    def append(self, value):
        return 7 if value == 9 else None

    def take(self):
        return 8

    def at(self, index):
        return 9

    def resize(self, capacity):
        return [8]

    def room(self):
        return 0

    def items(self):
        return [9]
