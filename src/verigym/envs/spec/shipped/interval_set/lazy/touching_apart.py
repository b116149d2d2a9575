"""Leaves ranges that touch as two."""


class IntervalSet:
    def __init__(self):
        self.ranges = []

    def total(self):
        return sum(b - a for a, b in self.ranges)

    def add(self, start, end):
        before = self.total()
        self.remove(start, end)
        if start < end:
            self.ranges = sorted([*self.ranges, (start, end)])
        return self.total() - before

    def remove(self, start, end):
        if start > end:
            raise ValueError
        before = self.total()
        if start < end:
            parts = [part for a, b in self.ranges for part in ((a, min(b, start)), (max(a, end), b))]
            self.ranges = sorted(part for part in parts if part[0] < part[1])
        return before - self.total()

    def contains(self, number):
        return any(a <= number < b for a, b in self.ranges)

    def covers(self, start, end):
        if start > end:
            raise ValueError
        for a, b in self.ranges:
            if a <= start < b:
                start = min(b, end)
        return start == end

    def intervals(self):
        return list(self.ranges)
