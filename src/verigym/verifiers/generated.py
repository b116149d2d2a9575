"""Running a spec's tests under the real Hypothesis, in the test host, against a process of an answer.

Where a corpus is recorded, where a spec's examples cannot be recorded, and where a failing example is
shrunk (:mod:`verigym.sandbox.inside.recorder`).
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from verigym.sandbox import Execution, Limits, Program, Sandbox
from verigym.sandbox.inside import plain
from verigym.sandbox.inside.batches import ANSWER_BATCHES
from verigym.sandbox.inside.recorder import RECORD, STORAGE

HYPOTHESIS = "hypothesis"
HOST = Limits(cpu_seconds=60, wall_seconds=180, result_bytes=32 << 20, file_bytes=32 << 20)
"""Of the test host, which spends its time on generating examples."""

_TABLES = f"""
import os
os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = "/scratch/{STORAGE}"
from hypothesis.internal import charmap
charmap.charmap()
charmap.intervals_from_codec("utf-8")
""".encode()

_lock = threading.Lock()
_storage: dict[str, bytes] | None = None
"""Hypothesis's tables of characters, which take it seconds; None until they were made."""


def run_generated(
    box: Sandbox,
    sources: Sequence[str],
    job: Mapping[str, Any],
    limits: Limits,
    packages: Sequence[str] = (),
) -> tuple[Execution, Execution]:
    """What the answer's process did, and the test host.

    Args:
        box: where they run.
        sources: the answer's program.
        job: the recorder's.
        limits: the answer's; but the time on the clock is the test host's.
        packages: what both may import.

    Raises:
        SandboxError: when the sandbox fails, or cannot show Hypothesis.
    """
    subject = {"sources": list(sources), "entry_point": job["entry_point"]}
    files = _tables(box)
    done, driven = box.run_pair(
        Program(ANSWER_BATCHES, data=plain.dumps(subject), result=True, packages=tuple(packages)),
        Program(
            RECORD,
            data=plain.dumps(job),
            result=True,
            packages=(*packages, HYPOTHESIS),
            files=files,
        ),
        replace(limits, wall_seconds=max(limits.wall_seconds, HOST.wall_seconds)),
        HOST,
    )
    return done, driven


def _tables(box: Sandbox) -> dict[str, bytes]:
    """The files of the tables, made once, in a run without any foreign code; none where that fails."""
    global _storage
    with _lock:
        if _storage is None:
            keep = (f"{STORAGE}/unicode_data/*",)
            made = box.run(Program(_TABLES, packages=(HYPOTHESIS,), keep=keep), HOST)
            _storage = dict(made.files) if made.exit_code == 0 else {}
        return _storage
