"""Requests to a ``verigym serve``: kept connections, deadlines, and retries that double nothing.

Only failures of the infrastructure are tried again: a connection that cannot be made or breaks, a
server that is full (429) or not ready (503). Each call carries a key of its own, by which the server
knows a repetition, so a lost reply is asked for again and the work is not done twice.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import socket
import threading
import time
import uuid
from collections import deque
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from verigym.errors import Cancelled, SandboxError, SandboxUnavailable, UserError
from verigym.sandbox.scope import Scope, current

CONNECT_SECONDS = 10.0
GRACE_SECONDS = 5.0
"""How long after the deadline we still listen: the server is to say itself that it is out of time."""
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 3.0
"""Seconds before the first retry, which double up to the longest; a random half is taken off."""
MAX_REPLY_BYTES = 512 << 20
_CHUNK = 1 << 20

_BROKEN = (OSError, http.client.HTTPException)
_NOT_NOW = (429, 503)
_NOT_OURS = {401, 403, 404, 405}


@dataclass(frozen=True)
class Reply:
    """What came back for one exchange."""

    status: int
    body: bytes
    retry_after: float

    @property
    def error(self) -> str:
        """The server's own words about what went wrong, in one line of bounded length."""
        said = self._field("error") or self.body[:200].decode("utf-8", "replace")
        return " ".join(said.split())[:500] or "no explanation"

    @property
    def kind(self) -> str:
        """The class of error that the server names."""
        return self._field("kind")

    def _field(self, name: str) -> str:
        try:
            value = json.loads(self.body)[name]
        except (ValueError, LookupError, TypeError, RecursionError):
            return ""
        return value if isinstance(value, str) else ""


class Transport:
    """A server's address and the connections to it. Usable from many threads and after a fork.

    Args:
        url: ``http://`` or ``https://``, host, port, perhaps a path before the server's own paths.
        token: what the server wants to hear; by default the environment's ``VERIGYM_TOKEN``.
        timeout: seconds that one call may take in all: waiting for its turn and retries included.
        retries: how often a failure of the infrastructure is tried again.

    Raises:
        UserError: for an address or a number that cannot be used.
    """

    def __init__(
        self, url: str, token: str | None = None, timeout: float = 600.0, retries: int = 12
    ) -> None:
        self.url, self._host, self._port, self._tls, self._prefix = _parsed(url)
        if type(timeout) not in (int, float) or not 0 < timeout <= 86400:
            raise UserError(f"timeout is {timeout!r}; it must be a number of seconds from 0 to 86400")
        if type(retries) is not int or not 0 <= retries <= 1000:
            raise UserError(f"retries is {retries!r}; it must be an int from 0 to 1000")
        self._timeout, self._retries = timeout, retries
        token = os.environ.get("VERIGYM_TOKEN") if token is None else token
        if token is not None and not (
            token.isascii() and token.isprintable() and token.split() == [token]
        ):
            raise UserError("the token must be one word of printable ASCII characters")
        self._headers = {"Content-Type": "application/json"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        self._idle: deque[_Connection] = deque()
        self._busy: set[_Connection] = set()
        self._random = random.Random()
        self._closed = False

    def call(self, method: str, path: str, body: bytes | None = None) -> bytes:
        """The body of the reply to one request.

        Raises:
            Cancelled: when the scope that we are in is over.
            UserError: when the server says that the request breaks a rule.
            SandboxUnavailable: when the server cannot do such a thing, or does not want to hear us.
            SandboxError: when nothing was to be learned in time.
        """
        if self._closed:
            raise SandboxError(f"the connection to {self.url} is closed")
        scope = current()
        deadline = min(time.perf_counter() + self._timeout, scope.deadline)
        headers = {**self._headers, "Idempotency-Key": uuid.uuid4().hex}
        why = "there was no time for it"
        for attempt in range(self._retries + 1):
            left = deadline - time.perf_counter()
            if left <= 0:
                break
            headers["X-Verigym-Deadline-Ms"] = str(max(1, int(left * 1000)))
            pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2**attempt)
            try:
                reply = self._exchange(method, path, body, headers, scope, deadline)
            except _Stale as error:
                why, pause = str(error), 0.0
            except _BROKEN as error:
                why = f"{type(error).__name__}: {error}"
            else:
                if reply.status == 200:
                    return reply.body
                if reply.status not in _NOT_NOW:
                    scope.check()  # what the server says about a request that we called off is no news
                    if reply.kind == "Cancelled" and deadline == scope.deadline:
                        raise Cancelled(reply.error)  # by its clock, which is a little ahead
                    raise self._refusal(reply)
                why = f"HTTP {reply.status}: {reply.error}"
                pause = max(pause, reply.retry_after)
            scope.check()
            if self._closed:
                raise SandboxError(f"the connection to {self.url} is closed")
            if attempt < self._retries:
                self._wait(pause, scope, deadline)
        scope.check()
        raise SandboxError(f"{self.url} gave no answer: {why}")

    def close(self) -> None:
        """End all connections; whoever waits for one gets a SandboxError. Closing twice is fine."""
        self._closed = True
        for connection in [*self._busy]:
            connection.abort()
        while self._idle:
            self._idle.pop().close()

    def _exchange(
        self,
        method: str,
        path: str,
        body: bytes | None,
        headers: dict[str, str],
        scope: Scope,
        deadline: float,
    ) -> Reply:
        connection = self._connection()
        self._busy.add(connection)
        try:
            with scope.on_cancel(connection.abort):
                connection.open(deadline)
                reply = connection.exchange(method, self._prefix + path, body, headers, deadline)
        except BaseException as error:
            connection.close()
            if connection.used and isinstance(error, _BROKEN) and not isinstance(error, TimeoutError):
                self._drop_idle()  # they are of the same age
                raise _Stale(f"{type(error).__name__}: {error}") from error
            raise
        finally:
            self._busy.discard(connection)
        connection.used = True
        if connection.sock is not None and not self._closed:
            self._idle.append(connection)
        else:
            connection.close()
        return reply

    def _connection(self) -> _Connection:
        while self._idle:
            try:
                connection = self._idle.pop()
            except IndexError:  # another thread was quicker
                break
            if connection.pid == os.getpid():
                return connection
            connection.close()  # our parent's: only our copy of the descriptor goes
        return _Connection(self._host, self._port, self._tls)

    def _drop_idle(self) -> None:
        while self._idle:
            try:
                self._idle.pop().close()
            except IndexError:
                return

    def _wait(self, pause: float, scope: Scope, deadline: float) -> None:
        if pause <= 0:
            return
        pause *= 0.5 + self._random.random()
        enough = threading.Event()
        with scope.on_cancel(enough.set):
            enough.wait(max(0.0, min(pause, deadline - time.perf_counter())))

    def _refusal(self, reply: Reply) -> Exception:
        said = f"{self.url} answered HTTP {reply.status}: {reply.error}"
        if reply.status in _NOT_OURS:
            return SandboxUnavailable(f"{said} (is it a verigym serve, and the token the right one?)")
        if reply.kind == "SandboxUnavailable":
            return SandboxUnavailable(said)
        if 400 <= reply.status < 500:
            return UserError(said)
        return SandboxError(said)


class _Stale(Exception):
    """A kept connection that the server had closed meanwhile."""


class _Connection:
    """One HTTP/1.1 connection, used by one thread at a time."""

    def __init__(self, host: str, port: int, tls: bool) -> None:
        self.pid = os.getpid()
        self.used = False
        kind = http.client.HTTPSConnection if tls else http.client.HTTPConnection
        self._http = kind(host, port, timeout=CONNECT_SECONDS)
        self._aborted = False

    @property
    def sock(self) -> socket.socket | None:
        """The open socket, if there is one."""
        return self._http.sock

    def open(self, deadline: float) -> None:
        """Connect if need be; wait for no longer than the deadline and some grace."""
        left = max(0.0, deadline - time.perf_counter()) + GRACE_SECONDS
        if self._http.sock is None:
            self._http.timeout = min(CONNECT_SECONDS, left)
            self._http.connect()
        if self._aborted:
            raise OSError("the connection was ended here")
        self._http.sock.settimeout(left)

    def exchange(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str], deadline: float
    ) -> Reply:
        """Send a request and read the whole reply."""
        self._http.request(method, path, body, headers)
        response = self._http.getresponse()
        parts: list[bytes] = []
        size = 0
        while part := response.read(_CHUNK):
            size += len(part)
            if size > MAX_REPLY_BYTES:
                raise OSError(f"a reply of more than {MAX_REPLY_BYTES} bytes")
            if time.perf_counter() > deadline + GRACE_SECONDS:
                raise TimeoutError("the reply did not end in time")
            parts.append(part)
        if self._aborted:
            raise OSError("the connection was ended here")
        if response.length if response.length is not None else not response.chunked:
            raise http.client.IncompleteRead(b"", response.length)
        return Reply(response.status, b"".join(parts), _seconds(response.getheader("Retry-After")))

    def abort(self) -> None:
        """From any thread: let the thread that waits here find out that it is over."""
        self._aborted = True
        if (sock := self._http.sock) is not None:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                return

    def close(self) -> None:
        self._http.close()


def _parsed(url: Any) -> tuple[str, str, int, bool, str]:
    """Address without a trailing slash, host, port, whether with TLS, path before ours."""
    form = "http://HOST:PORT or https://HOST:PORT"
    if not isinstance(url, str) or not url.isascii() or not url.isprintable() or " " in url:
        raise UserError(f"url is {str(url)[:200]!r}; it must be {form}")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UserError(f"url is {url[:200]!r}: {error}; it must be {form}") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise UserError(f"url is {url[:200]!r}; it must be {form}")
    if parts.username is not None or parts.password is not None:
        raise UserError("url holds a user or password; give token= instead")
    tls = parts.scheme == "https"
    return url.rstrip("/"), parts.hostname, port or (443 if tls else 80), tls, parts.path.rstrip("/")


def _seconds(text: str | None) -> float:
    """A ``Retry-After`` header: whole seconds, or 0 when it says something else."""
    if text is None or not text.isascii() or not text.isdecimal() or len(text) > 6:
        return 0.0
    return float(text)
