"""From what a sandboxed program did to how its answer is judged: one table for all code verifiers."""

from __future__ import annotations

import builtins
import signal
from collections.abc import Mapping
from typing import Any

from verigym.errors import TaskError, UserError
from verigym.sandbox import Execution, Limit, Limits
from verigym.verdict import Status

Ending = tuple[Status, str]
"""A status, and words that are fit for the policy."""

_LIMITS = {
    Limit.WALL: (Status.TIMEOUT, "It ran out of time."),
    Limit.CPU: (Status.TIMEOUT, "It ran out of time."),
    Limit.MEMORY: (Status.MEMORY_LIMIT, "It ran out of memory."),
    Limit.PROCESSES: (Status.RUNTIME_ERROR, "It started more processes than it may."),
    Limit.FILE: (Status.OUTPUT_LIMIT, "It wrote a larger file than it may."),
    Limit.OUTPUT: (Status.OUTPUT_LIMIT, "It wrote more than it may."),
}


def of_execution(done: Execution) -> tuple[Status, str] | None:
    """(status, words for the policy) of a run that did not end well; None when it did."""
    if done.limit is not None:
        return _LIMITS[done.limit]
    if done.signal == signal.SIGSYS:
        return Status.FORBIDDEN, "It made a forbidden system call."
    if done.signal is not None:
        return Status.RUNTIME_ERROR, f"It was ended by signal {done.signal}."
    if done.exit_code:
        return Status.RUNTIME_ERROR, f"It ended with exit code {done.exit_code}."
    return None


def of_exception(name: object, line: object, where: str) -> tuple[Status, str]:
    """(status, words for the policy) of an exception that the candidate says it raised. Its message,
    and the name of a class of the candidate's own, may carry a hidden input; so only a builtin type and
    the line of the candidate's own program are told.
    """
    kind = getattr(builtins, name, None) if isinstance(name, str) else None
    known = isinstance(kind, type) and issubclass(kind, BaseException)
    at = f" in its line {line}" if type(line) is int else ""
    status = Status.MEMORY_LIMIT if name == "MemoryError" else Status.RUNTIME_ERROR
    return status, f"{where} {name if known else 'an exception of its own'}{at}."


def evidence_of(*executions: Execution, isolation: str = "separate") -> dict[str, Any]:
    """What the sandbox held, for the verdict's evidence."""
    return {
        "tier": min(done.tier for done in executions),
        "isolation": isolation,
        "cpu_seconds": round(sum(done.cpu_seconds for done in executions), 6),
        "peak_bytes": max(done.peak_bytes for done in executions),
        "stderr": executions[0].stderr[-1000:].decode("utf-8", "replace"),
    }


def limits_from(spec: Mapping[str, Any], **least: int) -> Limits:
    """The limits in a task's spec; ``least`` raises some that the task itself needs higher.

    Raises:
        TaskError: for limits that do not exist or are out of range.
    """
    told = spec.get("limits", {})
    try:
        limits = Limits(**told)
        higher = {name: value for name, value in least.items() if value > getattr(limits, name)}
        return Limits(**{**told, **higher}) if higher else limits
    except (TypeError, UserError) as error:
        raise TaskError(f"limits: {error}") from None


def clip(text: object, most: int = 300) -> str:
    """A text for evidence, cut to a bound, and without what UTF-8 cannot write."""
    words = str(text)
    shown = words[:most].encode("utf-8", "replace").decode()
    return shown if len(words) <= most else f"{shown}... ({len(words)} characters)"
