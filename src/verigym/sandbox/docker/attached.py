"""The standard streams of a container, as the engine carries them over one connection.

This works with every engine, local or remote, where nothing else does. What comes back is in frames: a
byte that says which stream, three of nothing, a length, and the content (Docker Engine API, "Attach to
a container"). What we send is raw.
"""

from __future__ import annotations

import contextlib
import math
import socket
import ssl
import struct
import time
from collections.abc import Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any

from verigym.errors import SandboxError

if TYPE_CHECKING:
    from verigym.sandbox.docker.engine import Engine

STDOUT, STDERR = 1, 2
MAX_FRAME = 1 << 24
_HEADER = struct.Struct(">BxxxI")
_PART = 1 << 18
_TCP_NOTSENT_LOWAT = 25
_NOT_NOW = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError, TimeoutError)


class Attached:
    """The streams of one container; attach before it starts, so that nothing is missed.

    Deadlines are those of ``time.perf_counter``. One thread may send while another receives.

    Raises:
        SandboxError: from every method, when the connection is lost or the engine talks nonsense.
        TimeoutError: when a deadline passes.
    """

    def __init__(self, engine: Engine, container: str) -> None:
        with contextlib.ExitStack() as stack:
            api = stack.enter_context(engine.asked_to(f"attach to container {container[:12]}"))
            wanted = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
            self._file = api.attach_socket(container, params=wanted)
            self._socket: Any = getattr(self._file, "_sock", self._file)  # the latter over TLS and SSH
            self._client = stack.pop_all()  # of an SSH connection this is a part that must stay open
        self._rest = bytearray()
        with contextlib.suppress(OSError, AttributeError):
            # What is offered shall wait with us, not in the kernel: it may be called off, and we see
            # whether it moves.
            self._socket.setsockopt(socket.IPPROTO_TCP, _TCP_NOTSENT_LOWAT, 1 << 17)

    def send(self, data: bytes, deadline: float) -> None:
        """Write to standard input."""
        view = memoryview(data)
        while view:
            self._until(deadline)
            try:
                view = view[self._socket.send(bytes(view[:_PART])) :]
            except TimeoutError:
                raise
            except OSError as error:
                raise SandboxError(f"the connection to a container is lost: {error}") from error

    def hang_up(self) -> None:
        """End standard input."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)

    def receive(self, deadline: float) -> tuple[int, bytes] | None:
        """The next piece: (:data:`STDOUT` or :data:`STDERR`, bytes); None when the container ended."""
        header = self._read(_HEADER.size, deadline)
        if not header:
            return None
        stream, length = self._parse(header)
        return stream, self._read(length, deadline)

    def offer(self, data: memoryview) -> int:
        """Write to standard input what can be written without waiting; returns how many bytes."""
        try:
            self._socket.settimeout(0.0)
            return int(self._socket.send(bytes(data)))
        except _NOT_NOW:
            return 0
        except OSError as error:
            raise SandboxError(f"the connection to a container is lost: {error}") from error

    def arrived(self) -> Iterator[tuple[int, bytes]]:
        """All pieces that can be had without waiting, as :meth:`receive` gives them.

        Raises:
            EOFError: after the last, when the container has ended.
        """
        while True:
            while len(self._rest) >= _HEADER.size:
                stream, length = self._parse(self._rest)
                if len(self._rest) < _HEADER.size + length:
                    break
                piece = bytes(memoryview(self._rest)[_HEADER.size : _HEADER.size + length])
                del self._rest[: _HEADER.size + length]
                yield stream, piece
            try:
                self._socket.settimeout(0.0)
                part = self._socket.recv(1 << 16)
            except _NOT_NOW:
                return
            except OSError as error:
                raise SandboxError(f"the connection to a container is lost: {error}") from error
            if not part:
                if self._rest:
                    raise SandboxError("the connection to a container ended within a frame")
                raise EOFError
            self._rest += part

    def fileno(self) -> int:
        """What to poll before :meth:`arrived`, and for room before :meth:`offer`."""
        return int(self._socket.fileno())

    @property
    def patience(self) -> float:
        """Seconds until :meth:`offer` is worth another try where polling does not tell, as over SSH."""
        return math.inf if isinstance(self._socket, socket.socket) else 0.002

    def close(self) -> None:
        """Let go of the connection; the container goes on."""
        response = getattr(self._file, "_response", None)
        if response is not None:  # what the socket was taken out of: from the outside in
            response.close()
        self._file.close()
        self._socket.close()
        self._client.close()

    @staticmethod
    def _parse(header: bytes | bytearray) -> tuple[int, int]:
        stream, length = _HEADER.unpack_from(header)
        if stream not in (STDOUT, STDERR) or length > MAX_FRAME:
            raise SandboxError(f"the engine sent a frame of {length} bytes for stream {stream}")
        return stream, length

    def _read(self, count: int, deadline: float) -> bytes:
        """So many bytes; none when the other side hung up before the first."""
        while len(self._rest) < count:
            self._until(deadline)
            try:
                part = self._socket.recv(1 << 16)
            except TimeoutError:
                raise
            except OSError as error:
                raise SandboxError(f"the connection to a container is lost: {error}") from error
            if not part:
                if self._rest:
                    raise SandboxError("the connection to a container ended within a frame")
                return b""
            self._rest += part
        found = bytes(self._rest[:count])
        del self._rest[:count]
        return found

    def _until(self, deadline: float) -> None:
        left = deadline - time.perf_counter()
        if left <= 0:
            raise TimeoutError("the container did not answer in time")
        self._socket.settimeout(left)

    def __enter__(self) -> Attached:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
