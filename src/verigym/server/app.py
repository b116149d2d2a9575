"""The service as an ASGI application: who may ask, how much, how long, and what is answered.

Plain ASGI, since there are eight fixed paths and each microsecond here is one for every run. A request
passes, in this order: its path, its token, room in the queue, its body within bounds; then a worker has
it while the loop watches whether the client is still there.
"""

from __future__ import annotations

import asyncio
import functools
import hashlib
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from typing import Any

from verigym.server import judging
from verigym.server.auth import Guard
from verigym.server.bodies import Gone, Intake, Receive
from verigym.server.metrics import Metrics
from verigym.server.once import Once
from verigym.server.pool import Pool
from verigym.server.replies import TEXT, Refused, Reply, draining, dumps, ok, refusal
from verigym.server.settings import BODIES, DRAIN_SECONDS, REQUEST_SECONDS, Settings

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Answer = Callable[[bytes, float], Coroutine[Any, Any, Reply]]
"""From a request's body and the seconds it may take to its reply."""

PROBE = b'{"program":{"source":"cGFzcw=="},"limits":{}}'
"""A run that does nothing: ``pass``."""
PROBE_SECONDS = 5.0
"""How often a broken sandbox is tried again when somebody asks for its health."""

_log = logging.getLogger(__name__)


class App:
    """One server. To be made in the event loop that it serves, with a pool that has started."""

    def __init__(self, pool: Pool, settings: Settings) -> None:
        self._pool, self._settings = pool, settings
        self._most = settings.queue + pool.threads
        self._guard = Guard(settings.token)
        self._once = Once()
        self._metrics = Metrics()
        self._intake = Intake(BODIES * settings.max_request_bytes)
        self._probed = -PROBE_SECONDS
        self._active = 0
        self._draining = False
        self._idle = asyncio.Event()
        self._posts: dict[str, Answer] = {
            "/verify_batch": functools.partial(judging.verify_batch, pool),
            **{
                path: functools.partial(pool.run, path)
                for path in ("/run_code", "/run", "/run_pair", "/verify")
            },
        }
        self._gets: dict[str, Callable[[], Reply]] = {
            "/healthz": self._health,
            "/metrics": self._measured,
            "/capabilities": self._about,
        }

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        start = time.perf_counter()
        path: str = scope["path"]
        try:
            reply = await self._reply(scope["method"], path, dict(scope["headers"]), receive)
        except Gone:
            self._metrics.rejected("client left")
            return
        except Exception as error:
            reply = _refused(path, error)
        known = path if path in self._posts or path in self._gets else "other"
        self._metrics.request(known, reply.status, time.perf_counter() - start)
        headers = [
            (b"content-type", reply.media),
            (b"content-length", str(len(reply.body)).encode()),
        ]
        if reply.retry_after is not None:
            headers.append((b"retry-after", str(reply.retry_after).encode()))
        if reply.status == 401:
            headers.append((b"www-authenticate", b"Bearer"))
        if reply.close:
            headers.append((b"connection", b"close"))
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": reply.body})

    async def drain(self) -> None:
        """Take no more requests, and return when all that were accepted are answered."""
        self._draining = True
        self._intake.hurry(DRAIN_SECONDS)
        while self._active:
            self._idle.clear()
            await self._idle.wait()

    async def _reply(
        self, method: str, path: str, headers: dict[bytes, bytes], receive: Receive
    ) -> Reply:
        if path != "/healthz" and not self._guard.admits(headers.get(b"authorization", b"")):
            self._metrics.rejected("token")
            raise Refused(401, "say the server's token: Authorization: Bearer TOKEN", "Unauthorized")
        if (get := self._gets.get(path)) is not None:
            if method not in ("GET", "HEAD"):
                raise Refused(405, f"{path} takes GET, not {method[:20]}")
            return get()
        if (answer := self._posts.get(path)) is None:
            there_are = ", ".join([*self._posts, *self._gets])
            raise Refused(404, f"there is no path {path[:200]!r}; there are: {there_are}")
        if method != "POST":
            raise Refused(405, f"{path} takes POST, not {method[:20]}")
        if self._guard.open and b"origin" in headers:
            self._metrics.rejected("web page")
            raise Refused(403, "a server without a token takes no requests from web pages")
        if self._draining:
            self._metrics.rejected("draining")
            raise draining()
        if self._active >= self._most:
            self._metrics.rejected("queue full")
            raise Refused(
                429,
                f"{self._active} requests are being worked on or wait already; send it again later, or "
                "start the server with a larger --queue",
                retry_after=1,
            )
        self._active += 1
        try:
            return await self._accepted(path, answer, headers, receive)
        finally:
            self._active -= 1
            if self._draining and not self._active:
                self._idle.set()

    async def _accepted(
        self, path: str, answer: Answer, headers: dict[bytes, bytes], receive: Receive
    ) -> Reply:
        seconds = _seconds(headers.get(b"x-verigym-deadline-ms"))
        most = self._settings.max_request_bytes
        body = await self._intake.read(receive, headers.get(b"content-length"), most)
        try:
            key = headers.get(b"idempotency-key")
            if key is None:
                return await _while_there(self._answered(path, answer, body, seconds), receive)
            digest = hashlib.sha256(path.encode() + b"\0" + body).digest()
            once = self._once.reply(key, digest, lambda: self._answered(path, answer, body, seconds))
            return await _while_there(once, receive)
        finally:
            self._intake.held -= len(body)

    async def _answered(self, path: str, answer: Answer, body: bytes, seconds: float) -> Reply:
        """The reply of work that is done once, counted once, whoever waits for it."""
        try:
            reply = await answer(body, seconds)
        except Exception as error:
            reply = _refused(path, error)
        except asyncio.CancelledError:
            self._metrics.ran(("cancelled",))
            raise
        self._metrics.ran(reply.outcomes)
        return reply

    def _health(self) -> Reply:
        state = "draining" if self._draining else "broken" if self._pool.broken else "ok"
        if state == "broken":
            self._probe()
        numbers = {"queue_depth": self._pool.waiting, "in_flight": self._active}
        said = {"status": state, **self._who(), **numbers}
        return Reply(200 if state == "ok" else 503, dumps(said))

    def _probe(self) -> None:
        """Try a broken sandbox again, soon: a server that is asked for nothing must see it recover."""
        if time.monotonic() - self._probed > PROBE_SECONDS:
            self._probed = time.monotonic()
            probe = asyncio.ensure_future(self._pool.run("/run", PROBE, PROBE_SECONDS))
            probe.add_done_callback(lambda done: done.cancelled() or done.exception())

    def _who(self) -> dict[str, Any]:
        return {name: self._pool.about[name] for name in ("backend", "tier", "workers")}

    def _about(self) -> Reply:
        return ok(
            {
                **self._pool.about,
                "ceiling": dict(vars(self._settings.ceiling)),
                "max_request_bytes": self._settings.max_request_bytes,
            }
        )

    def _measured(self) -> Reply:
        gauges = {
            "queue_depth": ("Jobs that wait for a worker.", self._pool.waiting),
            "running": ("Jobs that workers are doing.", self._pool.running),
            "in_flight": ("Requests that were accepted and not yet answered.", self._active),
            "workers": ("Programs that run at a time.", self._pool.about["workers"]),
            "ready_workers": ("Worker processes that are ready.", self._pool.ready),
            "tier": ("The containment that holds for every run.", self._pool.about["tier"]),
            "held_bytes": ("Bytes of requests in memory.", self._intake.held),
            "draining": ("1 when the server is shutting down.", int(self._draining)),
        }
        return Reply(200, self._metrics.text(gauges).encode(), media=TEXT)


def _refused(path: str, error: Exception) -> Reply:
    reply = refusal(error).reply
    if reply.status == 500:
        _log.error("%s failed", path, exc_info=error)
    return reply


async def _while_there(answer: Coroutine[Any, Any, Reply], receive: Receive) -> Reply:
    """What ``answer`` returns or raises; when the client leaves before, it is cancelled."""
    me = asyncio.current_task()
    assert me is not None
    watching = asyncio.ensure_future(receive())  # nothing more is to come but a goodbye

    def left(done: asyncio.Future[Any]) -> None:
        if not done.cancelled():
            me.cancel()

    watching.add_done_callback(left)
    try:
        return await answer
    except asyncio.CancelledError:
        if watching.done():
            raise Gone from None
        raise
    finally:
        watching.remove_done_callback(left)
        watching.cancel()


def _seconds(deadline: bytes | None) -> float:
    """The time that a request may take, from its header ``X-Verigym-Deadline-Ms``."""
    if deadline is None:
        return REQUEST_SECONDS
    if not deadline.isdigit() or len(deadline) > 12:
        raise Refused(
            422,
            f"X-Verigym-Deadline-Ms is {deadline[:40].decode('latin-1')!r}; it must be the whole "
            "number of milliseconds that are left",
        )
    if int(deadline) == 0:
        raise Refused(504, "out of time: the deadline of the request has passed", "Cancelled")
    return min(int(deadline) / 1000, REQUEST_SECONDS)
