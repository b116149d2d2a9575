"""Reading what a client sends: bounded in bytes and time while it comes in, then as JSON."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from types import TracebackType
from typing import Any, NoReturn

from verigym.server.replies import Refused
from verigym.server.settings import BODY_SECONDS, MAX_VALUES

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


class Gone(Exception):
    """The client went away; nobody is to be answered."""


class Budget:
    """Bytes of bodies that are in memory, of all requests together."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.held = 0

    def take(self, count: int) -> None:
        """Raise a refusal when it is too much for now."""
        if self.held + count > self.most:
            raise Refused(429, "too much is being sent at a time; send it again later", retry_after=1)
        self.held += count


async def read(receive: Receive, declared: bytes | None, most: int, budget: Budget) -> bytes:
    """The whole body. What it holds of the budget is the caller's to give back: its length.

    Raises:
        Refused: for a body that is too long (413), too slow (408), or too much just now (429).
        Gone: when the client left before its end.
    """
    if declared is not None and (not declared.isdigit() or len(declared) > 18 or int(declared) > most):
        raise _too_long(most)
    parts: list[bytes] = []
    size = 0
    try:
        with _Alarm(BODY_SECONDS):
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    raise Gone
                part = message.get("body", b"")
                if size + len(part) > most:
                    raise _too_long(most)
                budget.take(len(part))
                size += len(part)
                parts.append(part)
                if not message.get("more_body", False):
                    return parts[0] if len(parts) == 1 else b"".join(parts)
    except BaseException:
        budget.held -= size
        raise


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


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


class _Alarm:
    """Ends the block with a refusal (408) when it takes too long. ``asyncio.timeout``, before 3.11."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._rung = False

    def __enter__(self) -> None:
        self._task = asyncio.current_task()
        self._timer = asyncio.get_running_loop().call_later(self._seconds, self._ring)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        if self._rung and kind is asyncio.CancelledError:
            raise Refused(
                408, f"the body did not arrive within {self._seconds:g} s", close=True
            ) from None

    def _ring(self) -> None:
        self._rung = True
        if self._task is not None:
            self._task.cancel()
