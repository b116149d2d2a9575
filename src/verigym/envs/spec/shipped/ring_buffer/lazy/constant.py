class RingBuffer:
    def __init__(self, capacity):
        if capacity < 1:
            raise ValueError
        self.capacity = capacity

    def append(self, value):
        return None

    def take(self):
        raise IndexError

    def at(self, index):
        raise IndexError

    def resize(self, capacity):
        self.__init__(capacity)
        return []

    def room(self):
        return self.capacity

    def items(self):
        return []
