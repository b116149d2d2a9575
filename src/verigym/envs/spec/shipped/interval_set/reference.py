"""A set of numbers as a sorted list of disjoint half-open ranges."""


class IntervalSet:
    def __init__(self) -> None:
        self._ranges: list[tuple[int, int]] = []

    def add(self, start: int, end: int) -> int:
        before = self._total()
        self.remove(start, end)
        merged: list[tuple[int, int]] = []
        for one in sorted([*self._ranges, (start, end)]):
            if one[0] == one[1]:
                continue
            if merged and merged[-1][1] == one[0]:
                merged[-1] = (merged[-1][0], one[1])
            else:
                merged.append(one)
        self._ranges = merged
        return self._total() - before

    def remove(self, start: int, end: int) -> int:
        if start > end:
            raise ValueError(f"the range {start} to {end}")
        before = self._total()
        left = [(a, min(b, start)) for a, b in self._ranges]
        right = [(max(a, end), b) for a, b in self._ranges]
        if start < end:
            self._ranges = sorted((a, b) for a, b in left + right if a < b)
        return before - self._total()

    def contains(self, number: int) -> bool:
        return self.covers(number, number + 1)

    def covers(self, start: int, end: int) -> bool:
        if start > end:
            raise ValueError(f"the range {start} to {end}")
        return start == end or any(a <= start and end <= b for a, b in self._ranges)

    def intervals(self) -> list[tuple[int, int]]:
        return list(self._ranges)

    def _total(self) -> int:
        return sum(end - start for start, end in self._ranges)
