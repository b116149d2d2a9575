"""What this machine can contain and run, and why not more: found by trying, told as plain data."""

from __future__ import annotations

import os
import platform
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from verigym.errors import SandboxError
from verigym.sandbox.agents import cell, cgroup, seccomp
from verigym.sandbox.base import Sandbox
from verigym.sandbox.docker import engine, images
from verigym.sandbox.docker.container import DEFAULT_IMAGE
from verigym.sandbox.languages import RECORDS, Language, compiled
from verigym.sandbox.local.backend import LocalSandbox
from verigym.sandbox.local.tiers import WAYS_OUT, lacking
from verigym.sandbox.program import Limits, MiB, Program

PACKAGES = ("pytest", "numpy", "pandas")
"""Python packages that tasks of this library may name."""


def report() -> dict[str, Any]:
    """Tiers and kernel features, with the reason for each that is lacking, languages, advice: JSON."""
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
        "languages": _languages_here(best),
        "packages": packages(best),
        "advice": _advice(best),
    }


def languages(box: Sandbox) -> list[dict[str, Any]]:
    """For each language whether a trial program runs in a sandbox; the version, or the reason: JSON."""
    with ThreadPoolExecutor(box.workers) as pool:
        return list(pool.map(lambda record: _language(box, record), RECORDS))


def _languages_here(best: int) -> list[dict[str, Any]]:
    if best == 0:
        return [_lacking_language(record, "nothing is contained here") for record in RECORDS]
    with LocalSandbox() as box:
        return languages(box)


def _language(box: Sandbox, record: Language) -> dict[str, Any]:
    try:
        compiled.require(box, record)
        told = box.run(record.version, record.limits())
    except SandboxError as error:
        return _lacking_language(record, str(error))
    lines = (told.stdout + told.stderr).decode("utf-8", "replace").strip().splitlines()
    version = lines[0] if lines else "yes"
    return {"language": record.name, "available": True, "version": version, "reason": None}


def _lacking_language(record: Language, why: str) -> dict[str, Any]:
    return {"language": record.name, "available": False, "version": None, "reason": why}


def packages(best: int) -> list[dict[str, Any]]:
    """For packages that tasks may name, whether a program can import them here: JSON."""
    if best < 2:
        return [_row(name, None) for name in PACKAGES]
    with LocalSandbox(workers=1) as box:
        return [_package(box, name) for name in PACKAGES]


def _package(box: Sandbox, name: str) -> dict[str, Any]:
    program = Program(f"import {name}\nprint({name}.__version__)", packages=(name,))
    try:
        done = box.run(program, Limits(memory_bytes=2048 * MiB, wall_seconds=60))
    except SandboxError as error:
        return {"name": name, "available": False, "detail": str(error)}
    words = (done.stdout if done.ok else done.stderr).decode("utf-8", "replace").strip()
    return {"name": name, "available": done.ok, "detail": words.rpartition("\n")[2]}


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
