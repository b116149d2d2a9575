"""Who is next: callers of a sandbox wait in line for a free slot, and nobody pushes in."""

from __future__ import annotations

import math
import queue
import threading
import time
from collections import deque
from typing import Generic, TypeVar

from verigym.errors import Cancelled
from verigym.sandbox import scope

SlotT = TypeVar("SlotT")


class Turns(Generic[SlotT]):
    """The free slots. Whoever waits longest is given the next: nobody who returns may push in first."""

    def __init__(self, slots: list[SlotT]) -> None:
        self._lock = threading.Lock()
        self._idle = slots[::-1]
        self._waiting: deque[queue.SimpleQueue[SlotT | None]] = deque()

    def take(self) -> SlotT:
        """A free slot, when it is our turn.

        Raises:
            Cancelled: when the scope that we are in ends first.
        """
        within = scope.current()
        with self._lock:
            if self._idle:
                return self._idle.pop()
            turn: queue.SimpleQueue[SlotT | None] = queue.SimpleQueue()
            self._waiting.append(turn)
        try:
            with within.on_cancel(lambda: turn.put(None)):
                left = within.deadline - time.perf_counter()
                slot = turn.get(timeout=None if math.isinf(left) else max(0.0, left))
            if slot is not None:
                return slot
            raise queue.Empty
        except BaseException as error:  # Ctrl-C, say: leave the line, or pass on what we were given
            with self._lock:
                given = turn not in self._waiting
                if not given:
                    self._waiting.remove(turn)
            while given:
                if (slot := turn.get()) is not None:
                    self.give(slot)
                    break
            if isinstance(error, queue.Empty):
                within.check()
                raise Cancelled("out of time: the deadline passed while waiting in line") from None
            raise

    def give(self, slot: SlotT) -> None:
        """Hand a slot back."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().put(slot)
            else:
                self._idle.append(slot)

    def take_idle(self) -> list[SlotT]:
        """All that are free now, without waiting."""
        with self._lock:
            idle, self._idle = self._idle, []
        return idle
