"""The queue against a list in the order of pushing, searched each time."""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from solution import PriorityQueue

ITEMS = st.sampled_from("abcdefg")
PRIORITIES = st.integers(-1, 2) | st.integers()


class Queue(RuleBasedStateMachine):
    @initialize()
    def start(self):
        self.queue = PriorityQueue()
        self.pushed = []

    def first(self):
        return min(self.pushed, key=lambda pair: pair[1])

    def put(self, item, priority):
        self.pushed = [pair for pair in self.pushed if pair[0] != item]
        self.pushed.append((item, priority))
        self.queue.push(item, priority)

    @rule(item=ITEMS, priority=PRIORITIES)
    def push(self, item, priority):
        self.put(item, priority)

    @rule(items=st.lists(ITEMS, min_size=2, max_size=5), priority=st.integers(-1, 1))
    def push_several(self, items, priority):
        for item in items:
            self.put(item, priority)

    @rule()
    def pop(self):
        if not self.pushed:
            return self.raises_index_error(self.queue.pop)
        item, priority = self.first()
        self.pushed.remove((item, priority))
        assert self.queue.pop() == item
        return None

    @rule(item=ITEMS)
    def remove(self, item):
        left = [pair for pair in self.pushed if pair[0] != item]
        assert self.queue.remove(item) is (len(left) < len(self.pushed))
        self.pushed = left

    @invariant()
    def looks_right(self):
        assert self.queue.size() == len(self.pushed)
        if self.pushed:
            assert self.queue.peek() == self.first()
        else:
            self.raises_index_error(self.queue.peek)

    def raises_index_error(self, call):
        try:
            call()
        except IndexError:
            return
        raise AssertionError("an empty queue gave something")


TestQueue = Queue.TestCase
