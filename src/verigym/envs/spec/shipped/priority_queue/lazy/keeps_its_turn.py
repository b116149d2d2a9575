"""An item that is pushed again keeps its old turn."""


class PriorityQueue:
    def __init__(self):
        self.items = {}

    def push(self, item, priority):
        self.items[item] = priority

    def peek(self):
        if not self.items:
            raise IndexError
        item = min(self.items, key=self.items.__getitem__)
        return item, self.items[item]

    def pop(self):
        item, _ = self.peek()
        del self.items[item]
        return item

    def remove(self, item):
        return self.items.pop(item, None) is not None

    def size(self):
        return len(self.items)
