"""Counts an edit that changes nothing."""


class TextHistory:
    def __init__(self, limit):
        if limit < 0:
            raise ValueError
        self.limit, self.now, self.past, self.future = limit, "", [], []

    def text(self):
        return self.now

    def change(self, start, end, piece):
        if not 0 <= start <= end <= len(self.now):
            raise ValueError
        old = self.now[start:end]
        self.past.append(self.now)
        if len(self.past) > self.limit:
            del self.past[0]
        self.future = []
        self.now = self.now[:start] + piece + self.now[end:]
        return old

    def insert(self, position, piece):
        self.change(position, position, piece)

    def delete(self, start, end):
        return self.change(start, end, "")

    def undo(self):
        if self.past:
            self.future.append(self.now)
            self.now = self.past.pop()
            return True
        return False

    def redo(self):
        if self.future:
            self.past.append(self.now)
            self.now = self.future.pop()
            return True
        return False

    def steps(self):
        return len(self.past), len(self.future)
