"""The bytes that the programs beside a candidate and beside its tests read and write: a job, results,
and messages on the channel between the two, each after its length.
"""

from __future__ import annotations

import json
import os
import struct
from typing import Any

DATA_FD, RESULT_FD, CHANNEL_FD = 3, 4, 5

_LENGTH = struct.Struct(">I")


def job() -> Any:
    """What this program is to do: JSON."""
    return json.loads(os.pread(DATA_FD, os.fstat(DATA_FD).st_size, 0))


def write(fd: int, data: bytes) -> None:
    """All of the data, however many calls it takes."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def send(data: bytes) -> None:
    """One message on the channel."""
    write(CHANNEL_FD, _LENGTH.pack(len(data)) + data)


def receive(most: int | None = None) -> bytes | None:
    """The next message; None when the other side hung up or sends more than ``most`` bytes."""
    header = _read_exactly(_LENGTH.size)
    if header is None:
        return None
    (length,) = _LENGTH.unpack(header)
    return None if most is not None and length > most else _read_exactly(length)


def _read_exactly(count: int) -> bytes | None:
    data = bytearray()
    while len(data) < count:
        part = os.read(CHANNEL_FD, min(count - len(data), 1 << 20))
        if not part:
            return None
        data += part
    return bytes(data)
