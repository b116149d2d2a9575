"""The cache against a list of pairs, the key used last at its end."""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from solution import LRUCache

KEYS = st.sampled_from(["a", "b", "c", "d", "e", ""])
VALUES = st.integers(-3, 9) | st.integers()


class Cache(RuleBasedStateMachine):
    @initialize(capacity=st.integers(1, 4))
    def start(self, capacity):
        self.capacity = capacity
        self.cache = LRUCache(capacity)
        self.pairs = []

    def take(self, key):
        """The value of a key, which is taken out; None when it is not there."""
        for index, pair in enumerate(self.pairs):
            if pair[0] == key:
                return self.pairs.pop(index)[1]
        return None

    @rule(key=KEYS, value=VALUES)
    def put(self, key, value):
        self.take(key)
        self.pairs.append((key, value))
        evicted = self.pairs.pop(0)[0] if len(self.pairs) > self.capacity else None
        assert self.cache.put(key, value) == evicted

    @rule(key=KEYS)
    def get(self, key):
        value = self.take(key)
        if value is not None:
            self.pairs.append((key, value))
        assert self.cache.get(key) == value

    @rule(key=KEYS)
    def peek(self, key):
        assert self.cache.peek(key) == dict(self.pairs).get(key)

    @rule(key=KEYS)
    def drop(self, key):
        assert self.cache.drop(key) is (self.take(key) is not None)

    @rule(capacity=st.integers(-3, 0))
    def refuse(self, capacity):
        try:
            LRUCache(capacity)
        except ValueError:
            return
        raise AssertionError(f"a capacity of {capacity} was not refused")

    @invariant()
    def keys_in_the_order_of_use(self):
        assert self.cache.keys() == [key for key, _ in reversed(self.pairs)]


TestCache = Cache.TestCase
