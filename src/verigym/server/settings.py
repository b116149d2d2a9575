"""What a server is told when it starts, and the bounds that nobody needs to change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from verigym.errors import UserError
from verigym.sandbox.program import Limits, MiB

CEILING = Limits(
    wall_seconds=300,
    cpu_seconds=300,
    memory_bytes=4096 * MiB,
    address_bytes=1 << 40,
    processes=512,
    file_bytes=256 * MiB,
    scratch_bytes=1024 * MiB,
    output_bytes=4 * MiB,
    result_bytes=64 * MiB,
)
"""The most that a request may ask for, unless the server is told otherwise."""

BODY_SECONDS = 30.0
"""How long a request's body may take to arrive."""
HEAD_SECONDS = 15.0
"""How long a request's line and headers may take to arrive."""
HEAD_BYTES = 32 * 1024
"""How long a request's line and headers may be together."""
IDLE_SECONDS = 75
"""How long a connection is kept when nothing is asked."""
CONNECTIONS = 4096
BODIES = 8
"""As many of the longest bodies may be in memory at a time; more requests are told to come back."""
MAX_VALUES = 2_000_000
"""Values that the JSON of one request may hold: each takes far more memory than its text."""
MAX_ITEMS = 10_000
"""Answers in one batch."""
REQUEST_SECONDS = 3600.0
"""How long a request without a deadline of its own may take."""
DRAIN_SECONDS = 2.0
"""When the server ends: how long bodies may still come in, and after a second signal, how long we wait
for what runs to be killed."""


@dataclass(frozen=True)
class Settings:
    """What ``verigym serve`` was told.

    Raises:
        UserError: for a number out of its range.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    backend: str = "local"
    options: Mapping[str, Any] = field(default_factory=dict)
    """Options of the backend, as :func:`verigym.sandbox.open` takes them."""
    queue: int = 1024
    """Requests that may wait; one more is told to come back later."""
    max_request_bytes: int = 32 * MiB
    ceiling: Limits = CEILING
    scratch: bool = False
    """Give every program of ``/run_code`` a scratch directory, also when it brings no files."""
    token: str | None = None
    """What clients must say; None lets everybody in."""

    def __post_init__(self) -> None:
        _check("port", self.port, 0, 65535)
        _check("queue", self.queue, 1, 1_000_000)
        _check("max_request_bytes", self.max_request_bytes, 1024, 1 << 30)


def within(limits: Limits, ceiling: Limits, what: str) -> None:
    """Raise :class:`UserError` for limits above those that a server allows."""
    for limit in fields(Limits):
        asked, most = getattr(limits, limit.name), getattr(ceiling, limit.name)
        if asked is not None and most is not None and asked > most:
            raise UserError(
                f"{what}.{limit.name} is {asked}; this server allows at most {most} "
                f"(ask for less, or start it with --max {limit.name}={asked})"
            )


def _check(name: str, value: Any, low: int, high: int) -> None:
    if type(value) is not int or not low <= value <= high:
        raise UserError(f"{name} is {value!r}; it must be an int from {low} to {high}")
