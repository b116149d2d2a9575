"""The set against a set of small numbers; each stands for a thousand million neighbours."""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from solution import IntervalSet

PLACES = st.integers(-8, 12)
LENGTHS = st.integers(0, 4) | st.integers(0, 12)


class Numbers(RuleBasedStateMachine):
    @initialize(step=st.sampled_from([1, 1, 10**9]))
    def start(self, step):
        self.step = step
        self.set = IntervalSet()
        self.numbers = set()

    @rule(start=PLACES, length=LENGTHS)
    def add(self, start, length):
        new = set(range(start, start + length)) - self.numbers
        self.numbers |= new
        assert self.set.add(start * self.step, (start + length) * self.step) == len(new) * self.step

    @rule(start=PLACES, length=LENGTHS)
    def remove(self, start, length):
        old = set(range(start, start + length)) & self.numbers
        self.numbers -= old
        assert self.set.remove(start * self.step, (start + length) * self.step) == len(old) * self.step

    @rule(start=PLACES, length=st.integers(0, 3))
    def covers(self, start, length):
        expected = set(range(start, start + length)) <= self.numbers
        assert self.set.covers(start * self.step, (start + length) * self.step) is expected

    @rule(starts=st.lists(PLACES, min_size=2, max_size=5))
    def contains(self, starts):
        for start in starts:
            first, last = start * self.step, (start + 1) * self.step - 1
            assert self.set.contains(first) is (start in self.numbers)
            assert self.set.contains(last) is (start in self.numbers)

    @rule(starts=st.lists(PLACES, min_size=2, max_size=5))
    def an_empty_range(self, starts):
        for start in starts:
            assert self.set.add(start * self.step, start * self.step) == 0
            assert self.set.remove(start * self.step, start * self.step) == 0
            assert self.set.covers(start * self.step, start * self.step) is True

    @rule(start=PLACES, less=st.integers(1, 3), method=st.sampled_from(["add", "remove", "covers"]))
    def refuse(self, start, less, method):
        try:
            getattr(self.set, method)(start * self.step, (start - less) * self.step)
        except ValueError:
            return
        raise AssertionError("a range that ends before it starts was not refused")

    @invariant()
    def the_fewest_ranges(self):
        starts = sorted(x for x in self.numbers if x - 1 not in self.numbers)
        ends = sorted(x + 1 for x in self.numbers if x + 1 not in self.numbers)
        expected = [(a * self.step, b * self.step) for a, b in zip(starts, ends)]
        assert self.set.intervals() == expected


TestNumbers = Numbers.TestCase
