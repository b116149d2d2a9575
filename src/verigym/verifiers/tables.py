"""Programs that import Hypothesis, and the tables of characters that it would make anew for each.

Making them takes Hypothesis seconds, and it keeps them in a folder. They are made once, in a run
without any foreign code, and given to the others: what those leave there nobody gets.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

from verigym.sandbox import Limits, Program, Sandbox
from verigym.sandbox.inside.recorder import STORAGE

HYPOTHESIS = "hypothesis"

_MAKE = f"""
import os
os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = "/scratch/{STORAGE}"
from hypothesis.internal import charmap
charmap.charmap()
charmap.intervals_from_codec("utf-8")
""".encode()
_MAKING = Limits(cpu_seconds=60, wall_seconds=180)

_lock = threading.Lock()
_kept: dict[str, bytes] | None = None
"""The files of the tables; None until they were made."""


def program(box: Sandbox, source: bytes, data: bytes, packages: Sequence[str] = ()) -> Program:
    """A program for this sandbox that may import Hypothesis, beside other packages.

    Raises:
        SandboxError: when the sandbox fails, or cannot show Hypothesis.
    """
    return Program(source, data=data, result=True, packages=(*packages, HYPOTHESIS), files=_tables(box))


def _tables(box: Sandbox) -> dict[str, bytes]:
    """The files of the tables; none where making them fails."""
    global _kept
    with _lock:
        if _kept is None:
            keep = (f"{STORAGE}/unicode_data/*",)
            made = box.run(Program(_MAKE, packages=(HYPOTHESIS,), keep=keep), _MAKING)
            _kept = dict(made.files) if made.exit_code == 0 else {}
        return _kept
