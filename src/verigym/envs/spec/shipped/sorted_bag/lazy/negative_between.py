"""Right but for a range that ends before it starts, and an index from the end."""

from bisect import bisect_left, bisect_right, insort


class SortedBag:
    def __init__(self):
        self.numbers = []

    def add(self, number, times=1):
        if times < 0:
            raise ValueError
        for _ in range(times):
            insort(self.numbers, number)

    def discard(self, number, times=1):
        if times < 0:
            raise ValueError
        taken = min(times, self.count(number))
        for _ in range(taken):
            self.numbers.remove(number)
        return taken

    def count(self, number):
        return self.numbers.count(number)

    def rank(self, number):
        return bisect_left(self.numbers, number)

    def kth(self, k):
        return self.numbers[k]

    def next_above(self, number):
        at = bisect_right(self.numbers, number)
        return self.numbers[at] if at < len(self.numbers) else None

    def between(self, low, high):
        return bisect_right(self.numbers, high) - bisect_left(self.numbers, low)
