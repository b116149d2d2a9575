class IntervalSet:
    def __init__(self):
        self.ranges = []

    def add(self, start, end):
        if start > end:
            raise ValueError
        self.ranges.append((start, end))
        return end - start

    def remove(self, start, end):
        if start > end:
            raise ValueError
        if (start, end) in self.ranges:
            self.ranges.remove((start, end))
            return end - start
        return 0

    def contains(self, number):
        return any(a <= number < b for a, b in self.ranges)

    def covers(self, start, end):
        if start > end:
            raise ValueError
        return all(self.contains(x) for x in (start, end - 1))

    def intervals(self):
        return sorted(self.ranges)
