"""A model behind an OpenAI-compatible endpoint (``POST /chat/completions``), as a player.

The key comes from an environment variable that must be named, and goes to that server alone:
redirects are not followed. Reads are bounded in bytes and in time. What passes (a busy or broken
server, a lost connection) is tried again with growing pauses; what remains is an abstention, never
a lost turn or a 0.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from verigym.arena.players import PlayerFailed, SolverView, TesterView
from verigym.arena.prompts import attacking, solving
from verigym.errors import UserError

MAX_BYTES = 8 << 20
"""The longest reply that is read."""
PASSING = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
"""HTTP codes that may be others next time."""
MOST_PAUSE = 60.0


@dataclass
class Endpoint:
    """A model as solver and tester; usable from many threads at a time.

    Raises:
        UserError: for an address that is none, or a named variable that holds no key.
    """

    model: str
    url: str
    """The base address, such as ``http://localhost:8000/v1``."""
    key_variable: str | None = None
    """The environment variable that holds the key; by default none is sent."""
    at_a_time: int = 8
    """Requests at a time, over all threads."""
    timeout: float = 120.0
    """Seconds for one whole request."""
    tries: int = 4
    pause: float = 1.0
    """Seconds before the second try; doubled before each further one."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Further fields of the request, ``temperature`` or ``max_tokens`` say."""

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.username:
            raise UserError(f"{self.url!r} is no base address such as http://localhost:8000/v1")
        self._secure, self._host = parts.scheme == "https", parts.netloc
        self._path = f"{parts.path.rstrip('/')}/chat/completions"
        self._headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self.key_variable is not None:
            key = os.environ.get(self.key_variable, "")
            if not key or not key.isprintable() or not key.isascii():
                raise UserError(f"the environment variable {self.key_variable} holds no key")
            self._headers["Authorization"] = f"Bearer {key}"
        self._slots = threading.BoundedSemaphore(self.at_a_time)
        self._over = threading.Event()
        self._open: set[socket.socket] = set()

    def __call__(self, view: SolverView | TesterView) -> str:
        """What the model answers.

        Raises:
            PlayerFailed: when it could not be asked.
        """
        messages = solving(view) if isinstance(view, SolverView) else attacking(view)
        return self.chat(messages, view.seed)

    def chat(self, messages: list[dict[str, str]], seed: int) -> str:
        """The content of the first choice.

        Raises:
            PlayerFailed: when it could not be asked, or there is none.
        """
        body = json.dumps({"model": self.model, "messages": messages, "seed": seed, **self.options})
        why = ""
        for attempt in range(self.tries):
            if attempt and self._over.wait(min(self.pause * 2 ** (attempt - 1), MOST_PAUSE)):
                break
            if self._over.is_set():
                break
            with self._slots:
                status, why, data = self._once(body.encode())
            if status == 200:
                return _content(data)
            if status is not None and status not in PASSING:
                break
        raise PlayerFailed(f"{self.model} at {self.url}: {why or 'it was interrupted'}")

    def cancel(self) -> None:
        """End all requests, now."""
        self._over.set()
        for open_ in list(self._open):
            _end(open_)

    def _once(self, body: bytes) -> tuple[int | None, str, bytes]:
        """(HTTP code, or None when there was no whole reply; what went wrong; the body)."""
        kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        connection = kind(self._host, timeout=self.timeout)
        watch = None
        try:
            connection.connect()
            open_ = connection.sock
            self._open.add(open_)
            # A timeout of the socket's is for one read, and a server may give a byte at a time.
            watch = threading.Timer(self.timeout, _end, (open_,))
            watch.start()
            if self._over.is_set():
                return None, "it was interrupted", b""
            connection.request("POST", self._path, body, self._headers)
            return self._reply(connection.getresponse())
        except (OSError, http.client.HTTPException) as error:
            return None, f"{type(error).__name__}: {error}"[:300], b""
        finally:
            if watch is not None:
                watch.cancel()
                self._open.discard(open_)
            connection.close()

    def _reply(self, reply: http.client.HTTPResponse) -> tuple[int | None, str, bytes]:
        data = bytearray()
        while chunk := reply.read1(65536):
            data += chunk
            if len(data) > MAX_BYTES:
                return 413, f"its reply is longer than {MAX_BYTES} bytes", b""
        length = reply.getheader("Content-Length")
        if length is not None and length.isdecimal() and int(length) != len(data):
            return None, "its reply was cut", b""
        return reply.status, f"HTTP {reply.status}: {_clip(data)}", bytes(data)


def _content(data: bytes) -> str:
    try:
        message = json.loads(data)["choices"][0]["message"]
        content = message["content"]
    except (ValueError, LookupError, TypeError, RecursionError):
        raise PlayerFailed(f"its reply is no chat completion: {_clip(data)}") from None
    if content is None:  # it refused, or ran out of tokens while reasoning: that is its answer
        return ""
    if not isinstance(content, str):
        raise PlayerFailed(f"its reply's content is a {type(content).__name__}")
    return content


def _clip(data: bytes | bytearray) -> str:
    return bytes(data[:200]).decode("utf-8", "replace")


def _end(open_: socket.socket) -> None:
    """Have whoever reads from a socket see its end."""
    with suppress(OSError):
        open_.shutdown(socket.SHUT_RDWR)
