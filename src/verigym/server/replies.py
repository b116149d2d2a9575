"""What is sent back: replies, and refusals that name the value, the rule and what to change."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from verigym.errors import Cancelled, SandboxError, SandboxUnavailable, UserError

MAX_ERROR_CHARS = 1000

JSON = b"application/json"
TEXT = b"text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True)
class Reply:
    """One response."""

    status: int
    body: bytes
    outcomes: tuple[str, ...] = ()
    """How the runs of this request ended, for the counters."""
    retry_after: int | None = None
    """Seconds after which the same request may succeed."""
    close: bool = False
    """End the connection after it."""
    media: bytes = JSON

    @property
    def lasts(self) -> bool:
        """Whether the same request would be answered the same way again: no failure of ours."""
        return self.status == 200 and not {"sandbox_error", "abstained"} & {*self.outcomes}


class Refused(Exception):
    """A request that is answered with an error."""

    def __init__(
        self,
        status: int,
        message: str,
        kind: str = "",
        retry_after: int | None = None,
        close: bool = False,
        outcome: str = "",
    ) -> None:
        super().__init__(message)
        said = {"error": one_line(message), **({"kind": kind} if kind else {})}
        outcomes = (outcome,) if outcome else ()
        self.reply = Reply(status, dumps(said), outcomes, retry_after=retry_after, close=close)


def draining() -> Refused:
    """What those are told who come when the server is ending."""
    return Refused(503, "the server is shutting down", retry_after=5, close=True)


def dumps(value: Any) -> bytes:
    """Compact JSON in ASCII; NaN and infinity raise ``ValueError``."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False).encode("ascii") + b"\n"


def ok(value: Any, *outcomes: str) -> Reply:
    """A success."""
    return Reply(200, dumps(value), outcomes)


def refusal(error: Exception) -> Refused:
    """The refusal that an error of ours stands for."""
    if isinstance(error, Refused):
        return error
    kind = type(error).__name__
    if isinstance(error, Cancelled):
        return Refused(504, str(error), kind, outcome="cancelled")
    if isinstance(error, SandboxUnavailable):
        return Refused(422, str(error), kind, outcome="unavailable")
    if isinstance(error, SandboxError):
        return Refused(503, str(error), kind, retry_after=1, outcome="sandbox_error")
    if isinstance(error, UserError):
        return Refused(422, str(error), "UserError")
    return Refused(500, f"unexpected {kind}; the server's log says more", "InternalError")


def one_line(text: str) -> str:
    """Text on one line of bounded length."""
    line = " ".join(text.split())
    return line if len(line) <= MAX_ERROR_CHARS else f"{line[:MAX_ERROR_CHARS]}..."
