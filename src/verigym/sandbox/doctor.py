"""What this machine can contain, and why not more: found by trying, told as plain data."""

from __future__ import annotations

import os
import platform
from typing import Any

from verigym.errors import SandboxError
from verigym.sandbox import cell, cgroup, engine, images, seccomp
from verigym.sandbox.container import DEFAULT_IMAGE
from verigym.sandbox.tiers import WAYS_OUT, lacking


def report() -> dict[str, Any]:
    """Tiers with the reason for each that is lacking, kernel features, and what to do: JSON."""
    reasons = {tier: lacking(tier) for tier in (1, 2, 3)}
    best = max((tier for tier, reason in reasons.items() if reason is None), default=0)
    return {
        "platform": platform.platform(),
        "kernel": platform.release(),
        "python": f"{platform.python_version()} ({cell.interpreter()})",
        "user": os.geteuid(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "tier": best,
        "tiers": [
            {"tier": tier, "what": cell.TIERS[tier], "available": reason is None, "reason": reason}
            for tier, reason in reasons.items()
        ],
        "features": [_row(name, detail) for name, detail in _features().items()],
        "docker": docker(),
        "contained": [words for held, words in _capabilities(best) if held],
        "not_contained": [words for held, words in _capabilities(best) if not held] + _NEVER,
        "advice": _advice(best),
    }


def docker() -> list[dict[str, Any]]:
    """Whether the docker backend can be used: its engine, and a container of its usual image."""
    try:
        found = engine.connect()
    except SandboxError as error:
        return [{"name": "engine", "available": False, "detail": str(error)}]
    files = "sees our files" if found.local else "does not see our files"
    rows = [
        _row("engine", f"{found.version} at {found.address}, API {found.api_version}, {files}"),
        _row("runtimes", ", ".join(sorted(found.runtimes))),
    ]
    try:
        inside = images.check(found, DEFAULT_IMAGE)
    except SandboxError as error:
        return [*rows, {"name": "image", "available": False, "detail": str(error)}]
    return [*rows, _row("image", f"{DEFAULT_IMAGE}: {inside}")]


_WORDS = {
    "files": "the host's files",
    "network": "the network",
    "system_calls": "dangerous system calls",
    "signals": "signals to others",
    "process_list": "the list of processes",
    "descendants_killed": "processes left behind",
    "process_count": "the number of processes",
    "memory_per_process": "the memory of a process",
    "memory_in_all": "the memory of a run",
}


_NEVER = ["the clock", "the processor's caches", "bugs of the kernel"]


def _capabilities(tier: int) -> list[tuple[bool, str]]:
    held = cell.capabilities(tier)
    return [(held[name], words) for name, words in _WORDS.items()]


def _row(name: str, detail: str | None) -> dict[str, Any]:
    return {"name": name, "available": detail is not None, "detail": detail or "not here"}


def _features() -> dict[str, str | None]:
    abi = cell.landlock_abi()
    return {
        "seccomp filter": f"for {platform.machine()}" if seccomp.supported() else None,
        "Landlock": f"version {abi}: {_landlock_words(abi)}" if abi else None,
        "user namespaces": _read("/proc/sys/user/max_user_namespaces", "at most {}"),
        "cgroups": cgroup.describe(),
        "list of children in /proc": "yes" if os.path.exists(_CHILDREN) else None,
    }


_CHILDREN = f"/proc/{os.getpid()}/task/{os.getpid()}/children"


def _landlock_words(abi: int) -> str:
    parts = ["files"] + ["TCP"] * (abi >= 4) + ["device ioctls"] * (abi >= 5)
    return ", ".join(parts + ["signals, abstract sockets"] * (abi >= 6))


def _read(path: str, words: str) -> str | None:
    try:
        with open(path) as file:
            value = file.read().strip()
    except OSError:
        return None
    return None if value == "0" else words.format(value)


def _advice(best: int) -> list[str]:
    if best == 3:
        return []
    if best == 0:
        return [f"Nothing is contained here, so no code can be judged. Ways out: {WAYS_OUT}."]
    gains = {
        1: "scratch directories, subprocesses and a root of their own",
        2: "a bound on a whole run",
    }
    return [f"Tier {best + 1} would add {gains[best]}. Ways out: {WAYS_OUT}."]
