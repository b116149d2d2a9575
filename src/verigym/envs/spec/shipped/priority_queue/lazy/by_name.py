"""Settles a tie by the item's name instead of by who was first."""


class PriorityQueue:
    def __init__(self):
        self.items = {}

    def push(self, item, priority):
        self.items[item] = priority

    def peek(self):
        if not self.items:
            raise IndexError
        priority, item = min((priority, item) for item, priority in self.items.items())
        return item, priority

    def pop(self):
        item, _ = self.peek()
        del self.items[item]
        return item

    def remove(self, item):
        return self.items.pop(item, None) is not None

    def size(self):
        return len(self.items)
