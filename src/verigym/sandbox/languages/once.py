"""Results that cost much, by key: made by one thread while others wait, and kept while they fit."""

from __future__ import annotations

import os
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

from verigym.sandbox import scope

Result = TypeVar("Result")
_LOOK_SECONDS = 0.1
"""How often a thread that waits for another's result looks whether anybody still waits for its own."""


class Once(Generic[Result]):
    """At most ``most_bytes`` of results; those used longest ago go first.

    ``size`` says how many bytes a result takes, or None when it shall not be kept. What raises is not
    kept either: whoever waited for it then tries on their own.
    """

    def __init__(self, most_bytes: int, size: Callable[[Result], int | None]) -> None:
        self._most_bytes, self._size = most_bytes, size
        self._begin()
        _all.add(self)

    def _begin(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, tuple[Result, int]] = OrderedDict()
        self._making: dict[Hashable, threading.Event] = {}
        self._bytes = 0

    def get(self, key: Hashable, make: Callable[[], Result]) -> Result:
        """The result of a key: kept, awaited, or made now.

        Raises:
            Cancelled: when the scope that we are in is over before another thread has made it.
        """
        while True:
            with self._lock:
                if key in self._kept:
                    self._kept.move_to_end(key)
                    return self._kept[key][0]
                made = self._making.get(key)
                if made is None:
                    made = self._making[key] = threading.Event()
                    break
            while not made.wait(_LOOK_SECONDS):
                scope.current().check()
        try:
            result = make()
            self._keep(key, result)
            return result
        finally:
            with self._lock:
                self._making.pop(key, None)
            made.set()

    def _keep(self, key: Hashable, result: Result) -> None:
        size = self._size(result)
        if size is None or size > self._most_bytes:
            return
        with self._lock:
            self._kept[key] = (result, size)
            self._bytes += size
            while self._bytes > self._most_bytes:
                _, (_, gone) = self._kept.popitem(last=False)
                self._bytes -= gone

    def clear(self) -> None:
        """Forget everything that was kept."""
        with self._lock:
            self._kept.clear()
            self._bytes = 0


_all: weakref.WeakSet[Once[Any]] = weakref.WeakSet()


def _after_fork_in_child() -> None:
    for once in list(_all):  # a lock or a making of the parent's threads would never end here
        once._begin()


os.register_at_fork(after_in_child=_after_fork_in_child)
