"""Disjoint sets: each member names the smallest of its set, and each smallest the members."""


class DisjointSets:
    def __init__(self, n: int) -> None:
        if n < 0:
            raise ValueError(f"{n} numbers")
        self._smallest = list(range(n))
        self._members = {number: [number] for number in range(n)}

    def unite(self, a: int, b: int) -> bool:
        small, large = sorted((self.smallest(a), self.smallest(b)))
        if small == large:
            return False
        for member in self._members[large]:
            self._smallest[member] = small
        self._members[small] += self._members.pop(large)
        return True

    def same(self, a: int, b: int) -> bool:
        return self.smallest(a) == self.smallest(b)

    def size(self, a: int) -> int:
        return len(self._members[self.smallest(a)])

    def smallest(self, a: int) -> int:
        if a < 0:
            raise IndexError(f"{a} is negative")
        return self._smallest[a]

    def count(self) -> int:
        return len(self._members)

    def groups(self) -> list[list[int]]:
        return [sorted(self._members[first]) for first in sorted(self._members)]
