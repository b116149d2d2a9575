"""What the server and its worker processes say to each other: frames over a socket, both sides ours.

A frame is a head and a payload. To a worker go jobs (a path and the body of a request, as it came) and
the word that one is called off; back come a greeting, then replies. Nothing is pickled.
"""

from __future__ import annotations

import struct

from verigym.server.replies import Reply

HEAD = struct.Struct("<BHdQQ")
"""Kind; the path's place in ``PATHS`` or a status; seconds; the job's number; the payload's bytes."""

GREETING, JOB, CALLED_OFF, REPLY = range(4)

PATHS = ("/run_code", "/run", "/run_pair", "/verify", "/verify_item")
"""What workers do. The last is one item of ``/verify_batch``."""

NEVER = -1.0


def job(number: int, path: str, seconds: float, size: int) -> bytes:
    """The head of a job with a body of so many bytes, that may take so many seconds from now."""
    return HEAD.pack(JOB, PATHS.index(path), seconds, number, size)


def called_off(number: int) -> bytes:
    """The frame that ends a job."""
    return HEAD.pack(CALLED_OFF, 0, 0.0, number, 0)


def greeting(payload: bytes) -> bytes:
    """The first frame of each side."""
    return HEAD.pack(GREETING, 0, 0.0, 0, len(payload)) + payload


def reply(number: int, answer: Reply) -> bytes:
    """The frame that answers a job."""
    again = NEVER if answer.retry_after is None else float(answer.retry_after)
    payload = ",".join(answer.outcomes).encode() + b"\n" + answer.body
    return HEAD.pack(REPLY, answer.status, again, number, len(payload)) + payload


def read_reply(status: int, again: float, payload: bytes) -> Reply:
    """The reply that a frame holds."""
    outcomes, _, body = payload.partition(b"\n")
    return Reply(
        status,
        body,
        tuple(outcomes.decode().split(",")) if outcomes else (),
        retry_after=None if again == NEVER else int(again),
    )
