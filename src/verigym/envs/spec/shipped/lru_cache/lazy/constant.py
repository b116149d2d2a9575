class LRUCache:
    def __init__(self, capacity):
        if capacity < 1:
            raise ValueError

    def put(self, key, value):
        return None

    def get(self, key):
        return None

    def peek(self, key):
        return None

    def drop(self, key):
        return False

    def keys(self):
        return []
