"""Running a spec's tests under the real Hypothesis, in the test host, against a process of an answer.

Where a corpus is recorded, where a spec's examples cannot be recorded, and where a failing example is
shrunk (:mod:`verigym.sandbox.inside.recorder`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from verigym.sandbox import Execution, Limits, Program, Sandbox
from verigym.sandbox.inside import plain
from verigym.sandbox.inside.batches import ANSWER_BATCHES
from verigym.sandbox.inside.recorder import RECORD
from verigym.verifiers import tables

HOST = Limits(cpu_seconds=60, wall_seconds=180, result_bytes=32 << 20, file_bytes=32 << 20)
"""Of the test host, which spends its time on generating examples."""


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
    return box.run_pair(
        Program(ANSWER_BATCHES, data=plain.dumps(subject), result=True, packages=tuple(packages)),
        tables.program(box, RECORD, plain.dumps(job), packages),
        replace(limits, wall_seconds=max(limits.wall_seconds, HOST.wall_seconds)),
        HOST,
    )
