"""A cache over a dict, which keeps its keys in the order of use."""


class LRUCache:
    def __init__(self, capacity: int) -> None:
        if capacity < 1:
            raise ValueError(f"a capacity of {capacity}")
        self._capacity = capacity
        self._values: dict[str, int] = {}

    def put(self, key: str, value: int) -> str | None:
        self._values.pop(key, None)
        self._values[key] = value
        if len(self._values) <= self._capacity:
            return None
        oldest = next(iter(self._values))
        del self._values[oldest]
        return oldest

    def get(self, key: str) -> int | None:
        if key not in self._values:
            return None
        value = self._values.pop(key)
        self._values[key] = value
        return value

    def peek(self, key: str) -> int | None:
        return self._values.get(key)

    def drop(self, key: str) -> bool:
        return self._values.pop(key, None) is not None

    def keys(self) -> list[str]:
        return list(reversed(self._values))
