"""The sets against a list of sets."""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from solution import DisjointSets

NUMBERS = st.integers(0, 7)
STRANGE = st.integers(-9, -1) | st.integers(8, 12)


class Sets(RuleBasedStateMachine):
    @initialize(n=st.sampled_from([8, 8, 8, 5, 1, 0]))
    def start(self, n):
        self.n = n
        self.sets = DisjointSets(n)
        self.model = [{number} for number in range(n)]

    def of(self, number):
        """The set of a number; None when there is no such number."""
        return next((one for one in self.model if number in one), None)

    @rule(a=NUMBERS, b=NUMBERS)
    def unite(self, a, b):
        one, other = self.of(a), self.of(b)
        if one is None or other is None:
            return self.raises(IndexError, self.sets.unite, a, b)
        assert self.sets.unite(a, b) is (one is not other)
        if one is not other:
            self.model.remove(other)
            one |= other
        return None

    @rule(a=NUMBERS, b=NUMBERS)
    def same(self, a, b):
        if self.of(a) is None or self.of(b) is None:
            self.raises(IndexError, self.sets.same, a, b)
        else:
            assert self.sets.same(a, b) is (self.of(a) is self.of(b))

    @rule(a=NUMBERS)
    def one_set(self, a):
        if self.of(a) is None:
            self.raises(IndexError, self.sets.size, a)
            self.raises(IndexError, self.sets.smallest, a)
        else:
            assert self.sets.size(a) == len(self.of(a))
            assert self.sets.smallest(a) == min(self.of(a))

    @rule(a=NUMBERS, strange=STRANGE)
    def strangers(self, a, strange):
        self.raises(IndexError, self.sets.size, strange)
        self.raises(IndexError, self.sets.smallest, strange)
        for method in (self.sets.unite, self.sets.same):
            self.raises(IndexError, method, strange, a)
            self.raises(IndexError, method, a, strange)

    @rule(n=st.integers(-3, -1))
    def fewer_than_none(self, n):
        self.raises(ValueError, DisjointSets, n)

    @invariant()
    def all_sets(self):
        assert self.sets.count() == len(self.model)
        assert self.sets.groups() == sorted(sorted(one) for one in self.model)

    def raises(self, kind, call, *args):
        try:
            call(*args)
        except kind:
            return
        raise AssertionError(f"{args} was not refused")


TestSets = Sets.TestCase
