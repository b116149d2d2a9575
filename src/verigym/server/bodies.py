"""Reading what a client sends: bounded in bytes and time while it comes in, then as JSON."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Awaitable, Callable, MutableMapping
from types import TracebackType
from typing import Any, NoReturn

from verigym.server.replies import Refused, draining
from verigym.server.settings import BODY_SECONDS, MAX_VALUES

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


class Gone(Exception):
    """The client went away; nobody is to be answered."""


class Intake:
    """The bodies that are coming in, of all requests together: how many bytes, and how patiently."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.held = 0
        """Bytes of bodies that are in memory. Whoever has read one gives its length back when done."""
        self._waiting: set[_Alarm] = set()

    async def read(self, receive: Receive, declared: bytes | None, most: int) -> bytes:
        """The whole body of a request whose head declared so many bytes.

        Raises:
            Refused: for a body that is too long (413), too slow (408), or too much just now (429).
            Gone: when the client left before its end.
        """
        if declared is not None and _number(declared) > most:
            raise _too_long(most)
        parts: list[bytes] = []
        size = 0
        alarm = _Alarm(BODY_SECONDS)
        self._waiting.add(alarm)
        try:
            with alarm:
                while True:
                    message = await receive()
                    if message["type"] != "http.request":
                        raise Gone
                    part = message.get("body", b"")
                    if size + len(part) > most:
                        raise _too_long(most)
                    if self.held + len(part) > self.most:
                        raise Refused(429, "too much is being sent; come back later", retry_after=1)
                    self.held += len(part)
                    size += len(part)
                    parts.append(part)
                    if not message.get("more_body", False):
                        return parts[0] if len(parts) == 1 else b"".join(parts)
        except BaseException:
            self.held -= size
            raise
        finally:
            self._waiting.discard(alarm)

    def hurry(self, seconds: float) -> None:
        """Whoever is still sending has so long from now, and is then told to come back later."""
        for alarm in self._waiting:
            alarm.hurry(seconds)


def parsed(body: bytes) -> Any:
    """The JSON value of a body.

    Raises:
        Refused: for anything that is not JSON, or that would take too much memory.
    """
    if len(body) > MAX_VALUES and sum(body.count(mark) for mark in (b",", b"[", b"{")) > MAX_VALUES:
        raise Refused(413, f"the body holds more than {MAX_VALUES} values; split the request")
    try:
        return _DECODER.decode(body.decode("utf-8"))
    except RecursionError:
        raise Refused(400, "the body is nested too deep to be read; make it flat") from None
    except ValueError as error:  # UnicodeDecodeError too
        raise Refused(400, f"the body is not JSON: {error}") from None


def _too_long(most: int) -> Refused:
    return Refused(
        413,
        f"the body is longer than {most} bytes; send less, or start the server with a larger "
        "--max-request-bytes",
    )


def _number(declared: bytes) -> float:
    """A ``Content-Length``; the parser has seen that it is made of digits."""
    return int(declared) if len(declared) < 19 else math.inf


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


class _Alarm:
    """Ends the block with a refusal when it takes too long. ``asyncio.timeout`` came with 3.11."""

    _timer: asyncio.TimerHandle

    def __init__(self, seconds: float) -> None:
        self._refusal = Refused(408, f"the body did not arrive within {seconds:g} s", close=True)
        self._seconds = seconds
        self._rung = False

    def hurry(self, seconds: float) -> None:
        """Ring after so many seconds from now, and say that the server is ending."""
        self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(seconds, self._ring)
        self._refusal = draining()

    def __enter__(self) -> None:
        self._task = asyncio.current_task()
        self._timer = asyncio.get_running_loop().call_later(self._seconds, self._ring)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        if self._rung and kind is asyncio.CancelledError:
            raise self._refusal from None

    def _ring(self) -> None:
        self._rung = True
        if self._task is not None:
            self._task.cancel()
