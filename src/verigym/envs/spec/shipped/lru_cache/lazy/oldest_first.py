"""Forgets the key that came first: a look does not count as a use."""


class LRUCache:
    def __init__(self, capacity):
        if capacity < 1:
            raise ValueError
        self.capacity = capacity
        self.values = {}

    def put(self, key, value):
        self.values.pop(key, None)
        self.values[key] = value
        if len(self.values) > self.capacity:
            oldest = next(iter(self.values))
            del self.values[oldest]
            return oldest
        return None

    def get(self, key):
        return self.values.get(key)

    peek = get

    def drop(self, key):
        return self.values.pop(key, None) is not None

    def keys(self):
        return list(reversed(self.values))
