"""Many things at a time, in order: a bounded number ahead, and an end that leaves nothing running."""

from __future__ import annotations

import contextvars
import sys
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any, TypeVar

Item = TypeVar("Item")
Found = TypeVar("Found")
AHEAD = 3
"""For each worker, how many are begun before the oldest result is handed out."""


def in_order(
    function: Callable[[Item], Found],
    items: Sequence[Item],
    workers: int,
    stop: Callable[[], None] = lambda: None,
) -> Generator[Found, None, None]:
    """``function(item)`` of each item, in their order, on up to ``workers`` threads.

    When it is interrupted (Ctrl-C) or closed before its end, ``stop`` is called and the shared
    sandbox is closed, so that nothing keeps running.
    """
    pool = ThreadPoolExecutor(max(1, min(workers, len(items))), thread_name_prefix="verigym")
    here = contextvars.copy_context()  # the scope that we are in holds for the threads too
    pending: deque[Future[Found]] = deque()
    try:
        for item in items:
            pending.append(pool.submit(here.copy().run, function, item))
            if len(pending) >= AHEAD * workers:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    except (KeyboardInterrupt, GeneratorExit):
        stop()
        _stop(pending)
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _stop(pending: deque[Future[Any]]) -> None:
    """Close the shared sandbox until what runs has ended: whoever judges tries once more on a fresh
    one.
    """
    running = {future for future in pending if not future.cancel()}
    while True:
        close = getattr(sys.modules.get("verigym.sandbox"), "close_shared", None)
        if close is not None:  # only a sandbox that was loaded can be running something
            close()
        running = wait(running, timeout=0.05).not_done
        if not running:
            return
