"""A fixed set of threads that does the work, fed by the event loop.

All bookkeeping happens on the loop, so there are no locks and the counts are exact. There is one thread
more than the sandbox runs programs at a time: while results are handed over, the sandbox is never idle.
Whoever waits for a job may be cancelled: a job that has not begun is forgotten, one that has is called
off through its scope.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from verigym.errors import Cancelled
from verigym.sandbox.scope import Scope

T = TypeVar("T")


class Pool:
    """Runs callables on ``threads`` threads. Every method is to be called from one event loop."""

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self._waiting: dict[_Job, None] = {}  # in order, and quick to take one out
        self._loop = asyncio.get_running_loop()
        self._inboxes: list[_Inbox] = [queue.SimpleQueue() for _ in range(threads)]
        self._free = [*self._inboxes]
        for inbox in self._inboxes:
            threading.Thread(target=self._work, args=(inbox,), daemon=True).start()

    @property
    def waiting(self) -> int:
        """Jobs that no thread has begun."""
        return len(self._waiting)

    @property
    def running(self) -> int:
        """Threads that are at work."""
        return self.threads - len(self._free)

    async def run(self, work: Callable[[], T], seconds: float) -> T:
        """What ``work()`` returns or raises, on one of the threads.

        Raises:
            Cancelled: when that takes longer than so many seconds, from now.
        """
        job = _Job(work, Scope(seconds), self._loop.create_future())
        timer = self._loop.call_later(seconds, self._expire, job)
        self._waiting[job] = None
        self._feed()
        try:
            result: T = await job.future
            return result
        except asyncio.CancelledError:
            self._call_off(job)
            raise
        finally:
            timer.cancel()

    def close(self) -> None:
        """End the threads, each after what it is doing."""
        for inbox in self._inboxes:
            inbox.put(None)

    def _feed(self) -> None:
        while self._free and self._waiting:
            job = next(iter(self._waiting))
            del self._waiting[job]
            self._free.pop().put(job)

    def _call_off(self, job: _Job) -> None:
        if job in self._waiting:
            del self._waiting[job]
        else:
            job.scope.cancel()

    def _expire(self, job: _Job) -> None:
        self._call_off(job)
        if not job.future.done():
            job.future.set_exception(Cancelled("out of time: the deadline of the request has passed"))

    def _finished(self, inbox: _Inbox, job: _Job, result: Any, error: Exception | None) -> None:
        self._free.append(inbox)
        self._feed()
        if job.future.done():
            return
        if error is not None:
            job.future.set_exception(error)
        else:
            job.future.set_result(result)

    def _work(self, inbox: _Inbox) -> None:
        while (job := inbox.get()) is not None:
            result: Any = None
            error: Exception | None = None
            try:
                with job.scope:
                    job.scope.check()
                    result = job.work()
            except Exception as problem:
                error = problem
            except BaseException as problem:  # no plugin may end one of our threads
                error = RuntimeError(f"{type(problem).__name__} in a worker: {problem}")
            try:
                self._loop.call_soon_threadsafe(self._finished, inbox, job, result, error)
            except RuntimeError:  # the loop is closed: nobody waits any more
                return
            del job, result, error  # not held while waiting for the next


class _Job:
    """One piece of work; its identity is what the pool goes by."""

    __slots__ = ("future", "scope", "work")

    def __init__(self, work: Callable[[], Any], scope: Scope, future: asyncio.Future[Any]) -> None:
        self.work, self.scope, self.future = work, scope, future


_Inbox = queue.SimpleQueue[_Job | None]
