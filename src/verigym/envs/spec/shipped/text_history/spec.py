"""The text against the list of all texts that it can go back or forward to."""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from solution import TextHistory

PIECES = st.text(alphabet="ab", min_size=1, max_size=3) | st.text(max_size=2)
PLACES = st.integers(0, 9)
TIMES = st.integers(1, 3)


class Edits(RuleBasedStateMachine):
    @initialize(limit=st.integers(0, 3) | st.just(50), pieces=st.lists(PIECES, max_size=4))
    def start(self, limit, pieces):
        self.limit = limit
        self.history = TextHistory(limit)
        self.texts = [""]
        self.now = 0
        for piece in pieces:
            self.put(len(piece), piece)

    def place(self, number):
        """A place in the text, for any number."""
        return number % (len(self.texts[self.now]) + 1)

    def edit(self, text):
        self.texts = [*self.texts[: self.now + 1], text][-self.limit - 1 :]
        self.now = len(self.texts) - 1

    def put(self, number, piece):
        text, place = self.texts[self.now], self.place(number)
        if piece:
            self.edit(text[:place] + piece + text[place:])
        self.history.insert(place, piece)

    def cut(self, number, other):
        text = self.texts[self.now]
        start, end = sorted((self.place(number), self.place(other)))
        if start < end:
            self.edit(text[:start] + text[end:])
        assert self.history.delete(start, end) == text[start:end]

    def step_back(self, times):
        for _ in range(times):
            assert self.history.undo() is (self.now > 0)
            self.now = max(self.now - 1, 0)

    @rule(place=PLACES, piece=PIECES)
    def insert(self, place, piece):
        self.put(place, piece)

    @rule(place=PLACES, other=PLACES)
    def delete(self, place, other):
        self.cut(place, other)

    @rule(times=TIMES)
    def undo(self, times):
        self.step_back(times)

    @rule(times=TIMES)
    def redo(self, times):
        for _ in range(times):
            assert self.history.redo() is (self.now < len(self.texts) - 1)
            self.now = min(self.now + 1, len(self.texts) - 1)

    @rule(times=TIMES, place=PLACES, piece=PIECES)
    def undo_and_insert(self, times, place, piece):
        self.step_back(times)
        self.put(place, piece)

    @rule(times=TIMES, place=PLACES, other=PLACES)
    def undo_and_delete(self, times, place, other):
        self.step_back(times)
        self.cut(place, other)

    @rule(place=PLACES, off=st.integers(1, 4))
    def refuse(self, place, off):
        place, end = self.place(place), len(self.texts[self.now])
        self.raises(self.history.insert, -off, "x")
        self.raises(self.history.insert, end + off, "x")
        self.raises(self.history.delete, -off, place)
        self.raises(self.history.delete, place, end + off)
        self.raises(self.history.delete, place, place - off)
        self.raises(TextHistory, -off)

    @invariant()
    def looks_right(self):
        assert self.history.text() == self.texts[self.now]
        assert self.history.steps() == (self.now, len(self.texts) - 1 - self.now)

    def raises(self, call, *args):
        try:
            call(*args)
        except ValueError:
            return
        raise AssertionError(f"{args} was not refused")


TestEdits = Edits.TestCase
