"""The seccomp profile of our containers, in Docker's JSON: the outer wall around the agent.

Inside, the agent and its runs install the stricter filters of ``seccomp.py``, which look at
arguments. This one allows what those allow, what the agent needs to set them up, and what the engine's
own ``init`` needs before and beside it. We send our own because the default profiles of older engines
refuse the Landlock calls, and those of newer ones allow what no program here needs.
"""

from __future__ import annotations

import functools
import json
from typing import Any

from verigym.sandbox.agents import seccomp

SETTING_UP = """
    capset clone connect fcntl ioctl landlock_add_rule landlock_create_ruleset landlock_restrict_self
    memfd_create prctl prlimit64 sched_setaffinity seccomp setpriority signalfd4 splice tee
"""
"""The agent's: to connect to its caller, to confine itself, to keep its core, to move data."""

STARTING = "fchdir setgid setgroups setuid tgkill"
"""What the engine's runtime and ``init`` may still call once the profile holds."""

_GROUPS = (
    *(seccomp.FILES, seccomp.ALTERING, seccomp.MEMORY, seccomp.PROCESSES),
    *(seccomp.SIGNALS_AND_TIME, seccomp.PIPES_AND_WAITING, SETTING_UP, STARTING),
)
_AF_UNIX = 1
_NAMESPACES = 0x7E020000
"""Every CLONE_NEW* flag that ``clone`` knows."""
_EPERM, _ENOSYS = 1, 38


@functools.cache
def profile() -> str:
    """The profile as JSON, for ``security_opt``.

    Other architectures than the engine's own (32-bit x86 on x86_64) are not named, so the kernel
    kills their calls. ``clone3`` hides its flags in memory, where no filter can look: refused with
    ``ENOSYS``, so that C libraries fall back to ``clone``.
    """
    names = {name for group in _GROUPS for name in group.split()} - {"clone"}
    rules: list[dict[str, Any]] = [
        {"names": sorted(names), "action": _ALLOW},
        {"names": ["clone"], "action": _ALLOW, "args": [_masked(0, _NAMESPACES, 0)]},
        {"names": ["socket", "socketpair"], "action": _ALLOW, "args": [_equal(0, _AF_UNIX)]},
        {"names": ["clone3"], "action": _DENY, "errnoRet": _ENOSYS},
    ]
    return json.dumps(
        {
            "defaultAction": _DENY,
            "defaultErrnoRet": _EPERM,
            "archMap": [
                {"architecture": f"SCMP_ARCH_{name}", "subArchitectures": []}
                for name in ("X86_64", "AARCH64")
            ],
            "syscalls": rules,
        }
    )


_ALLOW, _DENY = "SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO"


def _equal(index: int, value: int) -> dict[str, Any]:
    return {"index": index, "value": value, "op": "SCMP_CMP_EQ"}


def _masked(index: int, mask: int, value: int) -> dict[str, Any]:
    """Holds when an argument has this value under the mask."""
    return {"index": index, "value": mask, "valueTwo": value, "op": "SCMP_CMP_MASKED_EQ"}
