"""One end of a channel that goes on elsewhere: a socket here, frames to and from the other end.

Whoever reads slowly holds up whoever writes, and nobody else: each side sends no more than the other
has said that it has passed on, so what lies here is bounded, and no frame ever waits for a program.
"""

from __future__ import annotations

import contextlib
import select
import socket
from collections.abc import Callable

from verigym.sandbox.inside.frames import COUNT, CREDIT, DATA, DEAF, END, PIECE

WINDOW = 4 * PIECE
"""How many bytes may be on their way in each direction."""


class Relay:
    """Carries between a stream socket, which it owns, and frames.

    Args:
        number: of the request that the channel belongs to.
        near: the socket.
        poll: where it is to be registered while there is something to wait for; call :meth:`polled`
            with what comes of it.
        send: sends a frame, given its kind and content.

    Raises:
        ValueError: when the other end sends what was not agreed.
    """

    def __init__(
        self,
        number: int,
        near: socket.socket,
        poll: select.poll,
        send: Callable[[int, bytes], None],
    ) -> None:
        self.number = number
        self._near, self._poll, self._send = near, poll, send
        self._credit = WINDOW
        self._waiting = bytearray()  # for the near socket
        self._passed = 0  # since the other end was last told
        self._hears = self._speaks = True  # the near socket is read, or written, by somebody
        self._ending = False  # the other end has sent all
        self._polled = 0
        self._attend()

    @property
    def fileno(self) -> int:
        """The socket's descriptor; -1 once both directions have ended."""
        return self._near.fileno()

    def polled(self, events: int) -> None:
        """The socket is ready for something, or has lost its other end."""
        if events & ~select.POLLOUT and self._polled & select.POLLIN:
            self._read()
        if events & ~select.POLLIN and self._waiting:
            self._write()
        self._attend()

    def take(self, kind: int, content: bytes) -> None:
        """A frame from the other end."""
        if kind == DATA and self._hears:
            if self._ending or len(self._waiting) + self._passed + len(content) > WINDOW:
                raise ValueError("the other end of a channel sent more than was agreed")
            self._waiting += content
            self._write()
        elif kind == END:
            self._ending = True
            self._write()
        elif kind == CREDIT:
            self._credit += COUNT.unpack(content)[0]
        elif kind == DEAF and self._speaks:
            self._speaks = False
            self._shut(socket.SHUT_RD)  # whoever writes there gets an error
        self._attend()

    def close(self) -> None:
        """Let go of the socket; closing twice is fine."""
        self._hears = self._speaks = False
        self._waiting.clear()
        self._attend()

    def _attend(self) -> None:
        """Poll for what there is to do, and for nothing else: a lost other end is always reported."""
        reads = select.POLLIN if self._speaks and self._credit else 0
        events = reads | (select.POLLOUT if self._waiting else 0)
        if events != self._polled:
            if events:
                self._poll.register(self._near, events)
            else:
                self._poll.unregister(self._near)
            self._polled = events
        if not (self._speaks or self._hears):
            self._near.close()

    def _read(self) -> None:
        try:
            data = self._near.recv(min(PIECE, self._credit), socket.MSG_DONTWAIT)
        except BlockingIOError:
            return
        except ConnectionError:
            data = b""
        self._credit -= len(data)
        self._speaks = bool(data)
        self._send(DATA if data else END, data)

    def _write(self) -> None:
        try:
            while self._waiting:
                done = self._near.send(self._waiting, socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)
                del self._waiting[:done]
                self._passed += done
        except BlockingIOError:
            pass
        except ConnectionError:
            self._waiting.clear()
            self._hears = False
            self._send(DEAF, b"")
            return
        if self._passed >= WINDOW // 4:
            self._send(CREDIT, COUNT.pack(self._passed))
            self._passed = 0
        if self._ending and not self._waiting and self._hears:
            self._hears = False
            self._shut(socket.SHUT_WR)

    def _shut(self, how: int) -> None:
        with contextlib.suppress(OSError):  # its other end is gone
            self._near.shutdown(how)
