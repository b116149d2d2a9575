class TextHistory:
    def __init__(self, limit):
        if limit < 0:
            raise ValueError

    def text(self):
        return ""

    def insert(self, position, piece):
        return None

    def delete(self, start, end):
        return ""

    def undo(self):
        return False

    def redo(self):
        return False

    def steps(self):
        return (0, 0)
