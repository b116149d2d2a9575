"""Texts that LiveCodeBench packed: base64 around zlib around a pickle of one string.

The pickle is never loaded, and no pickle library is used. A pickle of a string is a few instructions,
which are read here one by one; whatever else one may say, an import or a call above all, is refused.
"""

from __future__ import annotations

import base64
import binascii
import zlib

MAX_UNPACKED = 128 << 20
"""Bytes; the packed text may claim to hold any number."""

_PROTO, _FRAME, _STOP = 0x80, 0x95, ord(".")
_SKIPPED = {_PROTO: 1, _FRAME: 8, 0x94: 0, ord("q"): 1, ord("r"): 4}
"""Instructions that only frame or remember, by the bytes that follow them."""
_STRINGS = {0x8C: 1, ord("X"): 4, 0x8D: 8}
"""Instructions for a string, by the bytes that say how long it is."""


def unpack(text: str) -> str:
    """The string in a packed text.

    Raises:
        ValueError: when it is not packed so, is longer than ``MAX_UNPACKED`` bytes, or its pickle says
            anything but one string.
    """
    try:
        packed = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):  # a ValueError when it is not ASCII
        raise ValueError("it is not base64") from None
    inflater = zlib.decompressobj()
    try:
        data = inflater.decompress(packed, MAX_UNPACKED)
    except zlib.error as error:
        raise ValueError(f"it is not zlib: {error}") from None
    if inflater.unconsumed_tail:
        raise ValueError(f"it unpacks to more than {MAX_UNPACKED} bytes")
    if not inflater.eof:
        raise ValueError("its zlib stream ends early")
    return pickled_text(data)


def pickled_text(data: bytes) -> str:
    """The one string that a pickle of a string holds.

    Raises:
        ValueError: for any other bytes.
    """
    found: str | None = None
    at = 0
    while at < len(data):
        code, at = data[at], at + 1
        if code == _STOP:
            if found is None or at != len(data):
                raise ValueError("its pickle is not one string")
            return found
        if code in _STRINGS and found is None:
            start = at + _STRINGS[code]
            at = start + int.from_bytes(data[at:start], "little")
            if at > len(data):
                break
            found = data[start:at].decode("utf-8", "strict")
        elif code in _SKIPPED:
            at += _SKIPPED[code]
        else:
            raise ValueError(f"its pickle says {bytes([code])!r}, which no pickle of one string does")
    raise ValueError("its pickle ends early")
