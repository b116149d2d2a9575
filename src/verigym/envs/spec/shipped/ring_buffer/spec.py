"""The buffer against a list."""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from solution import RingBuffer

VALUES = st.integers(-2, 2) | st.integers()


class Buffer(RuleBasedStateMachine):
    @initialize(capacity=st.integers(1, 5))
    def start(self, capacity):
        self.capacity = capacity
        self.buffer = RingBuffer(capacity)
        self.values = []

    @rule(values=st.lists(VALUES, min_size=1, max_size=4))
    def append(self, values):
        for value in values:
            self.values.append(value)
            lost = self.values.pop(0) if len(self.values) > self.capacity else None
            assert self.buffer.append(value) == lost

    @rule()
    def take(self):
        if self.values:
            assert self.buffer.take() == self.values.pop(0)
        else:
            self.raises(IndexError, self.buffer.take)

    @rule(index=st.integers(-6, 6))
    def at(self, index):
        if -len(self.values) <= index < len(self.values):
            assert self.buffer.at(index) == self.values[index]
        else:
            self.raises(IndexError, self.buffer.at, index)

    @rule(capacity=st.integers(1, 6))
    def resize(self, capacity):
        kept = self.values[-capacity:]
        dropped = self.values[: len(self.values) - len(kept)]
        self.capacity, self.values = capacity, kept
        assert self.buffer.resize(capacity) == dropped

    @rule(capacity=st.integers(-3, 0))
    def refuse(self, capacity):
        self.raises(ValueError, RingBuffer, capacity)
        self.raises(ValueError, self.buffer.resize, capacity)

    @invariant()
    def looks_right(self):
        assert self.buffer.items() == self.values
        assert self.buffer.room() == self.capacity - len(self.values)

    def raises(self, kind, call, *args):
        try:
            call(*args)
        except kind:
            return
        raise AssertionError(f"{args} was not refused")


TestBuffer = Buffer.TestCase
