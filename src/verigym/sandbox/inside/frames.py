"""What travels on a stream between the judging side and the bridge in a container: small frames.

The descriptors of a request cannot travel there, so what they hold does: inputs before the request,
outputs after the reply, and what is said on a channel meanwhile. Both sides share this module.
"""

from __future__ import annotations

import struct

HEADER = struct.Struct("<BII")
"""Before each frame: its kind, a number, and how many bytes follow. The number is that of the request
which the frame belongs to; of GIVE and CONTENT, it is a place among the request's descriptors."""
PIECE = 1 << 16
"""The most content in one frame, in bytes."""
MOST = 1 << 20
"""The longest frame."""

INPUT, OUTPUT, CHANNEL = 0, 1, 2
"""What a descriptor is to a request: read by it, written by it, or a socket to another program."""
LOAN = struct.Struct("<BQ")
"""Which of the three, and of an output how many bytes are wanted back."""

GIVE, REQUEST, FORGET, KILL, HERE = range(1, 6)
"""To the bridge: a piece of an input; a count, so many LOANs, and the message to the agent; that no
request will follow what was given; a message for the agent's lifeline; a sign of life."""

HELLO, BEGUN, SIZES, REPLY, CONTENT = range(11, 16)
"""From the bridge: JSON about the machine; that the agent has had the request for an AGE; the SIZE of
each output so far; all this together and the agent's message; and then pieces of the outputs."""
AGE = struct.Struct("<d")
"""Seconds."""
SIZE = struct.Struct("<Q")
"""Bytes."""

DATA, END, CREDIT, DEAF = range(21, 25)
"""Of the channel, both ways: some of it; that no more will come; a COUNT of bytes that may be sent
beyond what was agreed; that nobody reads any more."""
OF_CHANNEL = (DATA, END, CREDIT, DEAF)
COUNT = struct.Struct("<I")


def frame(kind: int, number: int, *parts: bytes) -> bytes:
    """A whole frame."""
    content = b"".join(parts)
    return HEADER.pack(kind, number, len(content)) + content
