"""uvicorn's HTTP protocol, with bounds on what it leaves unbounded.

These are the length of a request's head and the time it may take, the number of connections, and how
long an answered connection may linger: with a client that does not read its reply, or goes on sending a
body that was refused. A connection has one request at a time: when a client sends another before it was
answered, that is not read, and the connection ends with the reply to the first.
"""

from __future__ import annotations

import asyncio
import math
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from verigym.server.replies import dumps
from verigym.server.settings import CONNECTIONS, HEAD_BYTES, HEAD_SECONDS


class _Ahead(Exception):
    """Ends the parsing of what was sent ahead."""


class BoundedProtocol(HttpToolsProtocol):
    """One connection."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._messages = 0
        self._in_head = True
        self._head_bytes = 0
        self._head_timer: asyncio.TimerHandle | None = None
        self._deaf = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._head_timer = self.loop.call_later(HEAD_SECONDS, self._head_too_slow)
        if len(self.connections) > CONNECTIONS:
            self._refuse(b"503 Service Unavailable", "too many connections; come back later")

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._deaf:
            return
        if self._in_head:
            self._head_bytes += len(data)
        super().data_received(data)
        if not self._in_head or not self._head_bytes or self.transport.is_closing():
            return
        # The head of a request has begun and not ended.
        if self._head_bytes > HEAD_BYTES:
            self._refuse(
                b"431 Request Header Fields Too Large",
                f"the request's head is longer than {HEAD_BYTES} bytes; send fewer or shorter headers",
            )
        elif self._head_timer is None:
            self._head_timer = self.loop.call_later(HEAD_SECONDS, self._head_too_slow)

    def on_message_begin(self) -> None:
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.keep_alive = False
            self._deaf = True
            raise _Ahead
        self._messages += 1
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._stop_timer()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._in_head, self._head_bytes = True, 0
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.transport.is_closing() or not self._in_head:  # it is still sending what was refused
            self._see_off(self._messages)

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._see_off(self._messages)

    def send_400_response(self, msg: str) -> None:
        if not self._deaf:
            self._refuse(b"400 Bad Request", "this is not HTTP/1.1")

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _head_too_slow(self) -> None:
        if not self.transport.is_closing():
            self._refuse(b"408 Request Timeout", f"no request arrived within {HEAD_SECONDS:g} s")

    def _refuse(self, status: bytes, message: str) -> None:
        """Answer without the application, and end the connection."""
        body = dumps({"error": message})
        self.transport.write(
            b"HTTP/1.1 %b\r\ncontent-type: application/json\r\ncontent-length: %d\r\n"
            b"connection: close\r\n\r\n%b" % (status, len(body), body)
        )
        self.transport.close()
        self._see_off(self._messages)

    def _see_off(self, message: int, unsent: float = math.inf) -> None:
        """End the connection if it lingers after this message, unless its reply is being read."""
        self.loop.call_later(HEAD_SECONDS, self._end, message, unsent)

    def _end(self, message: int, unsent: float) -> None:
        sending = message == self._messages and not self._in_head
        if self not in self.connections or not (self.transport.is_closing() or sending):
            return
        left = self.transport.get_write_buffer_size()
        if 0 < left < unsent:
            self._see_off(message, left)
        else:
            self.transport.abort()
