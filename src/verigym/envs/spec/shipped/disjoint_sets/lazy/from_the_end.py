"""Takes -1 for the last number."""


class DisjointSets:
    def __init__(self, n):
        if n < 0:
            raise ValueError
        self.names = list(range(n))

    def unite(self, a, b):
        small, large = sorted((self.names[a], self.names[b]))
        self.names = [small if name == large else name for name in self.names]
        return small != large

    def same(self, a, b):
        return self.names[a] == self.names[b]

    def size(self, a):
        return self.names.count(self.names[a])

    def smallest(self, a):
        return self.names[a]

    def count(self):
        return len(set(self.names))

    def groups(self):
        return [
            [number for number, name in enumerate(self.names) if name == one]
            for one in sorted(set(self.names))
        ]
