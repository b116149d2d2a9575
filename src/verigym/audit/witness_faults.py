"""A second opinion on inputs that are to show a fault: both programs print what they give back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from verigym.sandbox import Limits, Program, shared

_CALL = """
import json, sys
try:
    found = ("gives", {name}(*json.loads(sys.stdin.read())))
except Exception as error:
    found = ("raises", type(error).__name__)
print(repr(found))
"""


def opinion(spec: Mapping[str, Any], content: str) -> bool | None:
    """Whether an answer's content shows the fault; None when there is no telling.

    Raises:
        SandboxError: when the sandbox fails.
    """
    if "{" in content or "contract" in spec:
        return None
    printed = []
    for which in ("reference", "program"):
        source = spec[which] + _CALL.format(name=spec["entry_point"])
        done = shared().run(Program(source, stdin=content), Limits(cpu_seconds=2, wall_seconds=10))
        if not done.ok or done.stdout_cut:
            return None
        printed.append(done.stdout)
    return printed[0].startswith(b"('gives'") and printed[0] != printed[1]
