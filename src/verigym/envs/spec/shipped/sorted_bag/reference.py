"""A bag as a sorted list, searched by bisection."""

from bisect import bisect_left, bisect_right


class SortedBag:
    def __init__(self) -> None:
        self._numbers: list[int] = []

    def add(self, number: int, times: int = 1) -> None:
        if times < 0:
            raise ValueError(f"{times} times")
        at = self.rank(number)
        self._numbers[at:at] = [number] * times

    def discard(self, number: int, times: int = 1) -> int:
        if times < 0:
            raise ValueError(f"{times} times")
        taken = min(times, self.count(number))
        at = self.rank(number)
        del self._numbers[at : at + taken]
        return taken

    def count(self, number: int) -> int:
        return self.between(number, number)

    def rank(self, number: int) -> int:
        return bisect_left(self._numbers, number)

    def kth(self, k: int) -> int:
        if k < 0:
            raise IndexError(f"the index {k}")
        return self._numbers[k]

    def next_above(self, number: int) -> int | None:
        at = bisect_right(self._numbers, number)
        return self._numbers[at] if at < len(self._numbers) else None

    def between(self, low: int, high: int) -> int:
        return max(bisect_right(self._numbers, high) - bisect_left(self._numbers, low), 0)
