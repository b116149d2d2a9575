"""``/run`` and ``/run_pair``: a sandbox's own contract over HTTP, exact to the byte.

:class:`verigym.sandbox.remote.backend.RemoteSandbox` is the other side.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from verigym.errors import UserError
from verigym.sandbox.program import Execution
from verigym.sandbox.remote import codec
from verigym.server.bodies import parsed
from verigym.server.box import Capped
from verigym.server.replies import Reply, ok


class Native:
    """Requests for runs, answered.

    Raises:
        Refused: for a body that is not JSON.
        UserError: for a program or limits that break a rule.
        SandboxError: when the sandbox failed.
    """

    def __init__(self, box: Capped) -> None:
        self._box = box

    def run(self, body: bytes) -> Reply:
        """``{"program": ..., "limits": ...}`` -> ``{"execution": ...}``."""
        asked = _fields(body, {"program"}, {"limits"})
        program = codec.program_from_json(asked["program"])
        limits = codec.limits_from_json(asked.get("limits", {}))
        done = self._box.run(program, limits)
        return ok({"execution": codec.execution_to_json(done)}, outcome(done))

    def run_pair(self, body: bytes) -> Reply:
        """``{"subject", "driver", "limits", "driver_limits"}`` -> ``{"subject", "driver"}``."""
        asked = _fields(body, {"subject", "driver"}, {"limits", "driver_limits"})
        subject = codec.program_from_json(asked["subject"], "subject")
        driver = codec.program_from_json(asked["driver"], "driver")
        limits = codec.limits_from_json(asked.get("limits", {}))
        driver_limits = limits
        if "driver_limits" in asked:
            driver_limits = codec.limits_from_json(asked["driver_limits"], "driver_limits")
        first, second = self._box.run_pair(subject, driver, limits, driver_limits)
        both = {"subject": codec.execution_to_json(first), "driver": codec.execution_to_json(second)}
        return ok(both, outcome(first), outcome(second))


def outcome(done: Execution) -> str:
    """How a run ended, from a closed list."""
    if done.limit is not None:
        return done.limit.value
    return "ok" if done.exit_code == 0 else "error"


def _fields(body: bytes, needed: set[str], others: set[str]) -> Mapping[str, Any]:
    value = parsed(body)
    if type(value) is not dict:
        raise UserError(f"the body must be a JSON object with {', '.join(sorted(needed))}")
    if missing := sorted(needed - set(value)):
        raise UserError(f"the body has no field {missing[0]!r}")
    if unknown := sorted(set(value) - needed - others):
        raise UserError(
            f"the body has an unknown field {unknown[0][:80]!r}; known are: "
            + ", ".join(sorted(needed | others))
        )
    return value
