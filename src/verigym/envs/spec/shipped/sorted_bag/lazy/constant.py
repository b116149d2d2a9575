class SortedBag:
    def add(self, number, times=1):
        return None

    def discard(self, number, times=1):
        return 0

    def count(self, number):
        return 0

    def rank(self, number):
        return 0

    def kth(self, k):
        raise IndexError

    def next_above(self, number):
        return None

    def between(self, low, high):
        return 0
