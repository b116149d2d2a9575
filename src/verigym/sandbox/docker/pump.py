"""The judging side's end of a stream: one thread that carries requests to a bridge, and replies back.

It waits for nothing but news, so nothing that is said in one direction holds up the other, and a
program that is slow to read holds up nobody but its partner. Other threads leave orders, and wait.
"""

from __future__ import annotations

import math
import os
import queue
import select
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from verigym.errors import SandboxError
from verigym.sandbox.agents.descriptors import Loan
from verigym.sandbox.docker.attached import STDERR, Attached
from verigym.sandbox.inside import frames
from verigym.sandbox.inside.relay import Relay

SIGN_SECONDS = 30.0
"""How often we give a sign of life when there is nothing else to say."""
STALL_SECONDS = 30.0
"""How long a request, or a reply that has begun to come, may make no progress."""

_MOST_AT_ONCE = 1 << 18
_MOST_SAID = 2000


class Pump(threading.Thread):
    """Carries what belongs to one agent, one request at a time.

    Args:
        stream: the connection to a bridge that has said hello; the pump closes it at its end.
    """

    def __init__(self, stream: Attached) -> None:
        super().__init__(name="verigym-stream", daemon=True)
        self.began = self.ended = math.inf
        """When the last request reached the agent, and when its run was over, by
        ``time.perf_counter``; infinite before."""
        self.failure = ""
        """Why nothing is carried any more."""
        self.said = bytearray()
        """The last that came from the container's standard error."""
        self._stream = stream
        self._replies: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._lock = threading.Lock()  # for the bell, and what is ordered
        self._bell = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._orders: deque[Request | Kill] = deque()
        self._stopping = False
        # Only the thread itself uses what follows.
        self._poll = select.poll()
        self._poll.register(self._bell, select.POLLIN)
        self._going, self._coming = bytearray(), bytearray()
        self._upload: Iterator[bytes] = iter(())
        self._request: Request | None = None
        self._relay: Relay | None = None
        self._stalled = math.inf  # when we give up, unless something moves
        self._sign = time.perf_counter() + SIGN_SECONDS

    # ------------------------------------------------------------------- called by other threads

    def ask(self, number: int, message: bytes, loans: Sequence[Loan]) -> None:
        """Send a request, with what its descriptors hold.

        Raises:
            OSError: when nothing is carried any more.
        """
        request = Request(number, message, loans)
        self.began = self.ended = math.inf
        if not self._order(request):
            request.close()
            raise OSError(self.failure)

    def hear(self, seconds: float) -> bytes:
        """The reply. The outputs of its request hold by now what they hold over there: as much of it as
        is wanted, and zeros in the place of the rest.

        Raises:
            TimeoutError: when it does not come in time.
            OSError: when it will not come.
        """
        try:
            reply = self._replies.get(timeout=max(0.0, seconds))
        except queue.Empty:
            raise TimeoutError from None
        if reply is None:
            self._replies.put(None)  # nor will another
            raise OSError(self.failure)
        return reply

    def kill(self, number: int, message: bytes, instead: bytes) -> None:
        """Send a message to the agent's lifeline, about the request of that number; or, when that is
        still on the way, call it off with another reply instead of the agent's.
        """
        self._order(Kill(number, message, instead))

    def stop(self) -> None:
        """Hang up, and end soon; whoever waits for a reply learns that none will come."""
        self._stopping = True
        with self._lock:
            self._ring()

    def abandon(self) -> None:
        """In a forked child, where the thread is not: let go of our copies."""
        self._lock = threading.Lock()
        self._close()

    def _order(self, order: Request | Kill) -> bool:
        with self._lock:
            if self._bell < 0:
                return False
            self._orders.append(order)
            self._ring()
        return True

    def _ring(self) -> None:
        if self._bell >= 0:
            os.eventfd_write(self._bell, 1)

    # ------------------------------------------------------------------------- the thread itself

    def run(self) -> None:
        failure = "the thread that carries its stream failed"
        try:
            self._receive()
            while not self._stopping:
                self._turn()
            failure = "it was hung up on"
        except EOFError:
            failure = "its container has ended"
        except (OSError, SandboxError, ValueError, OverflowError, struct.error) as error:
            failure = str(error)
        finally:
            self.failure = failure
            if self.began == math.inf:
                self.began = time.perf_counter()  # so that a partner's time begins, too
            self._replies.put(None)
            self._close()

    def _close(self) -> None:
        with self._lock:
            bell, self._bell = self._bell, -1
            orders, self._orders = self._orders, deque()
        if bell >= 0:
            os.close(bell)
        for found in (self._relay, self._request, *orders):
            if isinstance(found, Relay | Request):
                found.close()
        self._relay = self._request = None
        self._stream.close()

    def _turn(self) -> None:
        """Send what can be sent, wait for news, and deal with them."""
        now = time.perf_counter()
        if now >= self._sign:
            self._tell(frames.HERE, 0)
            self._sign = now + SIGN_SECONDS
        self._send()
        if not self._waits():
            self._stalled = math.inf
        elif self._stalled == math.inf:
            self._stalled = now + STALL_SECONDS
        if now >= self._stalled:
            raise SandboxError(f"nothing moved on its stream for {STALL_SECONDS:g} s")
        stream = self._stream.fileno()
        self._poll.register(stream, select.POLLIN | (select.POLLOUT if self._going else 0))
        left = min(self._stalled, self._sign) - now
        if self._going:
            left = min(left, self._stream.patience)
        ready = dict(self._poll.poll(1000 * left))
        if self._bell in ready:
            os.eventfd_read(self._bell)
            while self._orders:
                self._obey(self._orders.popleft())
        if ready.get(stream, 0) & ~select.POLLOUT:
            self._receive()
        if self._relay and (events := ready.get(self._relay.fileno)):
            self._relay.polled(events)

    def _obey(self, order: Request | Kill) -> None:
        if isinstance(order, Request):
            self._begin(order)
        elif self._request and self._request.number == order.number:
            if self._request.sent:
                self._tell(frames.KILL, order.number, order.message)
            else:
                self._tell(frames.FORGET, order.number)
                self.began = self.ended = time.perf_counter()
                self._finish(order.instead)

    def _begin(self, request: Request) -> None:
        if self._relay:
            self._relay.close()
            self._relay = None
        self._request, self._upload = request, request.frames()
        if (channel := request.take_channel()) is not None:

            def send(kind: int, content: bytes) -> None:
                self._tell(kind, request.number, content)

            self._relay = Relay(request.number, channel, self._poll, send)

    def _finish(self, reply: bytes) -> None:
        if self._request:
            self._request.close()
        self._request, self._upload = None, iter(())
        self._replies.put(reply)

    # ------------------------------------------------------------------------------- to and fro

    def _tell(self, kind: int, number: int, *parts: bytes) -> None:
        self._going += frames.frame(kind, number, *parts)

    def _send(self) -> None:
        """Send what can be sent without waiting."""
        while True:
            while len(self._going) < frames.PIECE and (piece := next(self._upload, None)):
                self._going += piece
            if not self._going:
                return
            with memoryview(self._going) as view, view[:_MOST_AT_ONCE] as most:
                done = self._stream.offer(most)
            if not done:
                return
            del self._going[:done]
            self._sign = time.perf_counter() + SIGN_SECONDS
            self._stalled = math.inf

    def _waits(self) -> bool:
        """Whether something must move: a request that has not begun, a reply, or what we have to say.
        A run may take as long as it takes.
        """
        run = self._request is not None and self.began < math.inf and self.ended == math.inf
        return bool(self._going) or (self._request is not None and not run)

    def _receive(self) -> None:
        """Take what has come."""
        for stream, piece in self._stream.arrived():
            if stream == STDERR:
                self.said += piece
                del self.said[:-_MOST_SAID]
                continue
            self._coming += piece
            while len(self._coming) >= frames.HEADER.size:
                kind, number, length = frames.HEADER.unpack_from(self._coming)
                if length > frames.MOST:
                    raise SandboxError(f"its bridge sent a frame of {length} bytes")
                end = frames.HEADER.size + length
                if len(self._coming) < end:
                    break
                content = bytes(memoryview(self._coming)[frames.HEADER.size : end])
                del self._coming[:end]
                self._take(kind, number, content)

    def _take(self, kind: int, number: int, content: bytes) -> None:
        request, now = self._request, time.perf_counter()
        if kind in frames.OF_CHANNEL:
            if self._relay and self._relay.number == number:
                self._relay.take(kind, content)
        elif request is None or not request.sent:
            raise SandboxError(f"its bridge sent a frame of kind {kind} and was asked for nothing")
        elif kind == frames.CONTENT:
            request.take_content(number, content)
        elif number != request.number:
            raise SandboxError(f"its bridge spoke of request {number}, not {request.number}")
        elif kind == frames.BEGUN:
            self.began = now - frames.AGE.unpack(content)[0]
        elif kind == frames.SIZES:
            request.resize(content)
        elif kind == frames.REPLY:
            (age,) = frames.AGE.unpack_from(content)
            if self.began == math.inf:
                self.began = now - age
            self.ended = self.began + age
            request.take_reply(content[frames.AGE.size :])
        else:
            raise SandboxError(f"its bridge sent a frame of the unknown kind {kind}")
        self._stalled = math.inf
        if request and request.reply is not None and not request.missing:
            self._finish(request.reply)


@dataclass(frozen=True)
class Kill:
    """An order to kill the run of a request."""

    number: int
    message: bytes
    instead: bytes


@dataclass
class Output:
    """An output of a request: what it holds over there comes here."""

    fd: int
    most: int
    size: int = 0
    have: int = 0

    @property
    def missing(self) -> int:
        """Bytes that are still to come."""
        return min(self.size, self.most) - self.have


class Request:
    """One request, with descriptors of its own: what goes, and what comes back."""

    def __init__(self, number: int, message: bytes, loans: Sequence[Loan]) -> None:
        self.number, self.message = number, message
        self.sent = False
        """Whether all of it has gone."""
        self.reply: bytes | None = None
        self._fds: list[int] = []
        self._inputs: dict[int, int] = {}
        self._outputs: dict[int, Output] = {}
        self._channel: int | None = None
        self._roles = b"".join(frames.LOAN.pack(loan.role, loan.most) for loan in loans)
        for place, loan in enumerate(loans):
            try:
                self._fds.append(fd := os.dup(loan.fd))
            except OSError:
                self.close()
                raise
            if loan.role == frames.INPUT:
                self._inputs[place] = fd
            elif loan.role == frames.OUTPUT:
                self._outputs[place] = Output(fd, loan.most)
            else:
                self._channel = fd

    def close(self) -> None:
        """Let go of the descriptors."""
        fds, self._fds = self._fds, []
        for fd in fds:
            os.close(fd)

    def take_channel(self) -> socket.socket | None:
        """The socket of its channel, if it has one, from now on the caller's."""
        if self._channel is None:
            return None
        self._fds.remove(self._channel)
        return socket.socket(fileno=self._channel)

    def frames(self) -> Iterator[bytes]:
        """All frames that make it, each made when it is needed."""
        for place, fd in self._inputs.items():
            at = 0
            while piece := os.pread(fd, frames.PIECE, at):
                at += len(piece)
                yield frames.frame(frames.GIVE, place, piece)
        self.sent = True
        count = len(self._roles) // frames.LOAN.size
        yield frames.frame(frames.REQUEST, self.number, bytes([count]), self._roles, self.message)

    @property
    def missing(self) -> int:
        """Bytes of outputs that are still to come."""
        return sum(output.missing for output in self._outputs.values())

    def resize(self, sizes: bytes) -> None:
        """Make the outputs as large as they are over there."""
        found = frames.SIZE.iter_unpack(sizes)
        for output, (size,) in zip(self._outputs.values(), found, strict=True):
            output.size = size
            os.ftruncate(output.fd, size)

    def take_reply(self, content: bytes) -> None:
        """The sizes of the outputs, and the agent's message."""
        end = len(self._outputs) * frames.SIZE.size
        self.resize(content[:end])
        self.reply = content[end:]

    def take_content(self, place: int, content: bytes) -> None:
        """The next piece of an output."""
        output = self._outputs.get(place)
        if self.reply is None or output is None or len(content) > output.missing:
            raise SandboxError(f"its bridge sent {len(content)} bytes that were not to come")
        while content:
            done = os.pwrite(output.fd, content, output.have)
            output.have += done
            content = content[done:]
