"""Seeds that cannot leak from one item, split or configuration into another.

``Random(seed + index)`` makes neighbouring seeds share almost every item. Here the seed of an item is
the SHA-256 of everything that names it, so two items share a stream only if they are the same item.
No global random state is read or written.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Mapping
from typing import Any

SPLITS = ("train", "validation", "test")
"""The splits of every generated family; each is a disjoint stream of items."""


def derive(*parts: Any) -> int:
    """A 256-bit seed from any JSON-serialisable parts; equal parts give equal seeds, everywhere."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return int.from_bytes(hashlib.sha256(text.encode()).digest(), "big")


def item_rng(
    family: str, version: int, config: Mapping[str, Any], split: str, index: int
) -> random.Random:
    """The random stream of one item, seeded by a hash of all that names it."""
    return random.Random(derive("item", family, version, dict(config), split, index))
