"""Knows who was united with whom, but not that this goes on."""


class DisjointSets:
    def __init__(self, n):
        if n < 0:
            raise ValueError
        self.friends = [{number} for number in range(n)]

    def of(self, a):
        if a < 0:
            raise IndexError
        return self.friends[a]

    def unite(self, a, b):
        new = b not in self.of(a) and a not in self.of(b)
        self.friends[a].add(b)
        self.friends[b].add(a)
        return new

    def same(self, a, b):
        return b in self.of(a) and a in self.of(b)

    def size(self, a):
        return len(self.of(a))

    def smallest(self, a):
        return min(self.of(a))

    def groups(self):
        return sorted({tuple(sorted(one)): sorted(one) for one in self.friends}.values())

    def count(self):
        return len(self.groups())
