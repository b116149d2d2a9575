"""Requests that come twice: the same key gets the same reply, and the work is done once.

A client that lost its connection sends its request again under the same ``Idempotency-Key``. What is
still under way is joined, what was answered is answered again from memory. Work that was called off
because everybody who waited for it left, and failures of ours, are not remembered: those are tried
anew.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

from verigym.server.replies import Refused, Reply

KEEP_SECONDS = 300.0
KEEP_REPLIES = 4096
KEEP_BYTES = 64 << 20
MAX_KEY_BYTES = 200


class Once:
    """The requests under way and the recent replies, by key. For one event loop."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._under_way: dict[bytes, _UnderWay] = {}
        self._replies: dict[bytes, tuple[float, bytes, Reply]] = {}  # oldest first
        self._bytes = 0

    async def reply(
        self, key: bytes, request: bytes, answer: Callable[[], Coroutine[Any, Any, Reply]]
    ) -> Reply:
        """The reply to a request, given by its key and digest; ``answer()`` works it out.

        Raises:
            Refused: when the key was used for another request, or is too long.
        """
        if not 0 < len(key) <= MAX_KEY_BYTES:
            raise Refused(422, f"Idempotency-Key must be from 1 to {MAX_KEY_BYTES} bytes long")
        self._forget_old()
        if key in self._replies:
            _, known, reply = self._replies[key]
            _check(known, request)
            return reply
        under_way = self._under_way.get(key)
        if under_way is None:
            task = asyncio.ensure_future(self._kept(key, request, answer))
            self._under_way[key] = under_way = _UnderWay(request, task)
        _check(under_way.request, request)
        under_way.waiters += 1
        try:
            return await asyncio.shield(under_way.task)
        finally:
            under_way.waiters -= 1
            if not under_way.waiters:
                under_way.task.cancel()
                if self._under_way.get(key) is under_way:
                    del self._under_way[key]

    async def _kept(
        self, key: bytes, request: bytes, answer: Callable[[], Coroutine[Any, Any, Reply]]
    ) -> Reply:
        reply = await answer()
        if reply.lasts:
            self._replies[key] = (self._clock(), request, reply)
            self._bytes += len(reply.body)
            self._forget_old()
        return reply

    def _forget_old(self) -> None:
        too_old = self._clock() - KEEP_SECONDS
        while self._replies:
            key = next(iter(self._replies))
            since, _, reply = self._replies[key]
            if since > too_old and len(self._replies) <= KEEP_REPLIES and self._bytes <= KEEP_BYTES:
                return
            del self._replies[key]
            self._bytes -= len(reply.body)


class _UnderWay:
    def __init__(self, request: bytes, task: asyncio.Future[Reply]) -> None:
        self.request, self.task, self.waiters = request, task, 0


def _check(known: bytes, request: bytes) -> None:
    if known != request:
        raise Refused(422, "this Idempotency-Key was used for another request; make a new one")
