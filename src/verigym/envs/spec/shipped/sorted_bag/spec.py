"""The bag against a plain list, counted through each time."""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from solution import SortedBag

NUMBERS = st.integers(-4, 4) | st.sampled_from([-(10**20), 10**20])
TIMES = st.integers(0, 3)


class Bag(RuleBasedStateMachine):
    @initialize()
    def start(self):
        self.bag = SortedBag()
        self.numbers = []

    @rule(number=NUMBERS)
    def add_one(self, number):
        self.numbers.append(number)
        self.bag.add(number)

    @rule(number=NUMBERS, times=TIMES)
    def add(self, number, times):
        self.numbers += [number] * times
        self.bag.add(number, times)

    @rule(number=NUMBERS, times=TIMES)
    def discard(self, number, times):
        taken = min(times, self.numbers.count(number))
        for _ in range(taken):
            self.numbers.remove(number)
        assert self.bag.discard(number, times) == taken

    @rule(number=NUMBERS)
    def discard_one(self, number):
        there = number in self.numbers
        if there:
            self.numbers.remove(number)
        assert self.bag.discard(number) == int(there)

    @rule(number=NUMBERS, times=st.integers(-3, -1))
    def refuse(self, number, times):
        self.raises(ValueError, self.bag.add, number, times)
        self.raises(ValueError, self.bag.discard, number, times)

    @rule(number=NUMBERS)
    def ask(self, number):
        assert self.bag.count(number) == self.numbers.count(number)
        assert self.bag.rank(number) == sum(other < number for other in self.numbers)
        larger = [other for other in self.numbers if other > number]
        assert self.bag.next_above(number) == min(larger, default=None)

    @rule(low=NUMBERS, high=NUMBERS)
    def between(self, low, high):
        assert self.bag.between(low, high) == sum(low <= number <= high for number in self.numbers)

    @invariant()
    def all_in_order(self):
        assert [self.bag.kth(k) for k in range(len(self.numbers))] == sorted(self.numbers)
        self.raises(IndexError, self.bag.kth, len(self.numbers))
        self.raises(IndexError, self.bag.kth, -1)

    def raises(self, kind, call, *args):
        try:
            call(*args)
        except kind:
            return
        raise AssertionError(f"{args} was not refused")


TestBag = Bag.TestCase
