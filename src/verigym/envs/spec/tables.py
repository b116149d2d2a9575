"""Programs that import Hypothesis, and the tables of characters that it would make anew for each.

Making them takes Hypothesis seconds, and it keeps them in a folder; so what one run has left there is
given to the next.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

from verigym.sandbox import Execution, Program
from verigym.sandbox.inside.recorder import STORAGE

HYPOTHESIS = "hypothesis"

_kept: dict[str, bytes] = {}
_lock = threading.Lock()


def program(source: bytes, data: bytes, packages: Sequence[str] = ()) -> Program:
    """A program that may import Hypothesis, beside other packages."""
    with _lock:
        files = dict(_kept)
    return Program(
        source,
        data=data,
        result=True,
        packages=(*packages, HYPOTHESIS),
        files=files,
        keep=(f"{STORAGE}/unicode_data/*",),
    )


def keep(done: Execution) -> None:
    """Keep the tables that such a program has left."""
    with _lock:
        _kept.update(done.files)
