class PriorityQueue:
    def push(self, item, priority):
        return None

    def pop(self):
        raise IndexError

    def peek(self):
        raise IndexError

    def remove(self, item):
        return False

    def size(self):
        return 0
