"""Which cases to judge first: those that answers failed most before.

An exact reward needs every case, so an answer that is wrong is known to be at the first case that it
fails, and most wrong answers fail the same few. A verifier that is given a :class:`FailureHistory`
tries these first and stops there. That changes no reward and no ``correct``; but which failure is met
first, and so status, feedback and evidence of a wrong answer, then depends on what was judged before.
So it is for training, by choice, and not for records that must be the same when made again.
"""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from collections.abc import Iterable

MOST_TASKS = 100_000
"""Tasks that are remembered; beyond, the one that was judged longest ago is forgotten."""


class FailureHistory:
    """Counts of failures by task and case. Usable from any thread.

    >>> history = FailureHistory()
    >>> history.note("task", [2])
    >>> history.order("task", 4)
    [2, 0, 1, 3]
    """

    def __init__(self) -> None:
        self._failures: OrderedDict[str, Counter[int]] = OrderedDict()
        self._lock = threading.Lock()

    def order(self, task_id: str, count: int) -> list[int]:
        """The positions of a task's cases, those that failed most often first, else as they stand."""
        with self._lock:
            failures = dict(self._failures.get(task_id, {}))
        return sorted(range(count), key=lambda index: -failures.get(index, 0))

    def note(self, task_id: str, failed: Iterable[int]) -> None:
        """Remember that an answer failed these cases."""
        with self._lock:
            self._failures.setdefault(task_id, Counter()).update(failed)
            self._failures.move_to_end(task_id)
            while len(self._failures) > MOST_TASKS:
                self._failures.popitem(last=False)
