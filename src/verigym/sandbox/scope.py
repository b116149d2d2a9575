"""How long somebody waits for our answer: a deadline, and a way to call the work off.

A :class:`Scope` holds for everything that its ``with`` block runs in any sandbox, however deep below.
When it is over, what runs is killed and :class:`verigym.errors.Cancelled` is raised: nobody learns
anything about the program, and nobody waits for it any more.

>>> with Scope(seconds=30) as scope:      # another thread may call scope.cancel()
...     verdict = verify(task, answer)    # doctest: +SKIP
"""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar, Token
from types import TracebackType

from verigym.errors import Cancelled


class Scope:
    """A deadline ``seconds`` from now, and :meth:`cancel`. An inner scope never outlasts an outer."""

    def __init__(self, seconds: float = math.inf) -> None:
        self.deadline = time.perf_counter() + seconds
        """By ``time.perf_counter``."""
        self._lock = threading.Lock()
        self._cancelled = False
        self._callbacks: list[Callable[[], None]] = []
        self._outer: Scope | None = None
        self._token: Token[Scope | None] | None = None

    def cancel(self) -> None:
        """From any thread: call off what goes on in this scope. Cancelling twice is fine."""
        with self._lock:
            self._cancelled = True
            for callback in self._callbacks:  # in the lock: none is called once its block has ended
                callback()

    @property
    def cancelled(self) -> bool:
        """Whether :meth:`cancel` was called, here or in an outer scope."""
        return self._cancelled or (self._outer is not None and self._outer.cancelled)

    def check(self) -> None:
        """Raise :class:`Cancelled` when the scope is over."""
        if self.cancelled:
            raise Cancelled("called off: nobody waits for the result any more")
        if time.perf_counter() >= self.deadline:
            raise Cancelled("out of time: the deadline of the request has passed")

    @contextlib.contextmanager
    def on_cancel(self, callback: Callable[[], None]) -> Iterator[None]:
        """Have ``callback`` called, from another thread, if the scope is cancelled within the block."""
        if self is _ENDLESS:  # shared by all threads, and never cancelled
            yield
            return
        with contextlib.ExitStack() as stack:
            if self._outer is not None:
                stack.enter_context(self._outer.on_cancel(callback))
            with self._lock:
                self._callbacks.append(callback)
                if self._cancelled:
                    callback()
            try:
                yield
            finally:
                with self._lock:
                    self._callbacks.remove(callback)

    def __enter__(self) -> Scope:
        self._outer = _current.get()
        if self._outer is not None:
            self.deadline = min(self.deadline, self._outer.deadline)
        self._token = _current.set(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._token is not None:
            _current.reset(self._token)
            self._token = None


_current: ContextVar[Scope | None] = ContextVar("verigym_scope", default=None)
_ENDLESS = Scope()


def current() -> Scope:
    """The innermost scope that the calling thread is in; one without end when it is in none."""
    return _current.get() or _ENDLESS
