class LRUCache:
    def __init__(self, capacity):
        pass

    def put(self, key, value):
        return "b" if key == "c" else None

    def get(self, key):
        return {"a": 1, "b": 2, "c": 3}.get(key)

    peek = get

    def drop(self, key):
        return True

    def keys(self):
        return ["c", "a"]
