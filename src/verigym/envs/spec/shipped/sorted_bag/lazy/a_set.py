"""Keeps each number once."""


class SortedBag:
    def __init__(self):
        self.numbers = set()

    def add(self, number, times=1):
        if times < 0:
            raise ValueError
        if times:
            self.numbers.add(number)

    def discard(self, number, times=1):
        if times < 0:
            raise ValueError
        there = number in self.numbers and times > 0
        if there:
            self.numbers.discard(number)
        return int(there)

    def count(self, number):
        return int(number in self.numbers)

    def rank(self, number):
        return sum(other < number for other in self.numbers)

    def kth(self, k):
        if k < 0:
            raise IndexError
        return sorted(self.numbers)[k]

    def next_above(self, number):
        return min((other for other in self.numbers if other > number), default=None)

    def between(self, low, high):
        return sum(low <= number <= high for number in self.numbers)
