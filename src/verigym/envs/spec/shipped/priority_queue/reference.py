"""A binary heap of (priority, turn, item), with an entry left behind when its item is pushed anew."""

from heapq import heappop, heappush


class PriorityQueue:
    def __init__(self) -> None:
        self._heap: list[tuple[int, int, str]] = []
        self._current: dict[str, tuple[int, int, str]] = {}
        self._turn = 0

    def push(self, item: str, priority: int) -> None:
        self._turn += 1
        self._current[item] = (priority, self._turn, item)
        heappush(self._heap, self._current[item])

    def pop(self) -> str:
        item, _ = self.peek()
        heappop(self._heap)
        del self._current[item]
        return item

    def peek(self) -> tuple[str, int]:
        while self._heap and self._current.get(self._heap[0][2]) != self._heap[0]:
            heappop(self._heap)
        if not self._heap:
            raise IndexError(f"{self.size()} items in the queue")
        priority, _, item = self._heap[0]
        return item, priority

    def remove(self, item: str) -> bool:
        return self._current.pop(item, None) is not None

    def size(self) -> int:
        return len(self._current)
