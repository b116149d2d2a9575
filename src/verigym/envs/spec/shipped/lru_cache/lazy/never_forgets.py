class LRUCache:
    def __init__(self, capacity):
        if capacity < 1:
            raise ValueError
        self.values = {}

    def put(self, key, value):
        self.values.pop(key, None)
        self.values[key] = value

    def get(self, key):
        if key in self.values:
            self.values[key] = self.values.pop(key)
        return self.values.get(key)

    def peek(self, key):
        return self.values.get(key)

    def drop(self, key):
        return self.values.pop(key, None) is not None

    def keys(self):
        return list(reversed(self.values))
