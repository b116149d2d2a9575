"""What a cell is made of: the paths it shows, the rights on them, and the tier it reaches.

Everything here is decided on the judging side and sent to the agent as plain data, so that the agent
holds mechanism only. :func:`configuration` is the whole policy of the local sandbox.
"""

from __future__ import annotations

import base64
import ctypes
import functools
import glob
import json
import os
import sys
import sysconfig
import zlib
from typing import Any

from verigym.sandbox import inside
from verigym.sandbox.agents import packages as installed
from verigym.sandbox.agents import seccomp
from verigym.sandbox.agents.cgroup import Cgroup
from verigym.sandbox.inside.linux import PACKAGES

TIERS = {
    0: "rlimits and a killed process group only; needs unsafe=True",
    1: "seccomp, Landlock, no new privileges, no capabilities, rlimits, an environment of its own",
    2: "tier 1 in user, pid, mount, network, ipc and uts namespaces on a minimal read-only root",
    3: "tier 2 in a cgroup that bounds the memory and the processes of the whole run",
}

WARM = (
    *("bisect", "collections", "copy", "functools", "heapq", "itertools", "json"),
    *("math", "operator", "re", "string", "time", "typing"),
)
"""Modules that the agent imports once, so that a run does not pay for them. Each makes every fork
dearer, so only what most programs use; never ``threading``, whose hook runs after each fork."""

_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64")
_FILES = ("/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime")
_JAVA = ("security", "logging.properties", "net.properties", "jvm-*.cfg")
"""Debian keeps these of Java's files in /etc; without them its compiler does not start."""
IN_CONTAINER = (*_SYSTEM, "/etc", "/opt", "/proc")
"""What a program may read of an image."""
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
_STREAMS = [
    *[(f"/dev/{name}", f"/proc/self/fd/{fd}") for fd, name in enumerate(("stdin", "stdout", "stderr"))],
    ("/dev/fd", "/proc/self/fd"),
]
"""What shells and JavaScript programs call their streams, where there is a ``/proc``."""
_INSIDE = os.path.dirname(os.path.abspath(inside.__file__))
_AGENT = (
    *("linux", "namespaces", "programs", "scratch", "watch", "child", "agent"),
    *("plain", "wire", "arrays", "exchange", "objects", "guest"),
    *("ticks", "goals", "changes", "subjects", "tested"),
    *("proxies", "peer", "driver", "dialogue", "suite"),
    *("waves", "standin", "harvest", "properties", "recorder", "batches", "mutated"),
    *("drawing", "machines", "transcript", "rounds", "replay", "rehearsal"),
)
_BRIDGE = ("frames", "relay", "bridge")

_ENVIRONMENT = {"HOME": "/scratch", "LANG": "C.UTF-8", "TMPDIR": "/scratch"}

# Landlock access rights (linux/landlock.h).
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_MAKE_CHAR, _MAKE_BLOCK, _TRUNCATE, _IOCTL_DEV = 1 << 6, 1 << 11, 1 << 14, 1 << 15
_LOOK = _EXECUTE | _READ_FILE | _READ_DIR


@functools.cache
def landlock_abi() -> int:
    """The kernel's Landlock version; 0 when it has none or it is switched off."""
    libc = ctypes.CDLL(None, use_errno=True)
    return max(0, int(libc.syscall(444, None, ctypes.c_size_t(0), 1)))


def interpreter() -> str:
    """The interpreter that runs programs: this one, outside any virtual environment."""
    return os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)


def shown_paths() -> list[str]:
    """The real files and folders that a program may read."""
    java = [path for name in _JAVA for path in glob.glob(f"/etc/java-*-openjdk/{name}")]
    listed = (*_SYSTEM, *_FILES, *java)
    paths = [path for path in listed if os.path.exists(path) and not os.path.islink(path)]
    for path in (*_python_paths(), interpreter()):
        if not any(_inside(path, known) for known in paths):
            paths.append(path)
    return paths


def _python_paths() -> list[str]:
    prefixes = [os.path.realpath(path) for path in (sys.base_prefix, sys.base_exec_prefix)]
    home = os.path.realpath(os.path.expanduser("~"))
    if any(_inside(home, prefix) for prefix in prefixes):  # never show somebody's home, or everything
        prefixes = [os.path.realpath(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib")]
    return prefixes


def _inside(path: str, folder: str) -> bool:
    return os.path.commonpath([path, folder]) == folder


@functools.cache
def boot() -> str:
    """The text of the program that an interpreter inside is started with."""
    return _source("boot")


@functools.cache
def modules() -> str:
    """JSON of (name, source) of all that makes an agent, in the order to load them; packed, because
    no message on a socket may be longer than its buffer.
    """
    named = [(f"verigym.sandbox.inside.{name}", _source(name)) for name in _AGENT]
    return base64.b64encode(zlib.compress(json.dumps(named).encode())).decode()


@functools.cache
def bridge_modules() -> list[tuple[str, str]]:
    """(name, source) of all that makes a bridge, in the order to load them."""
    return [(f"verigym.sandbox.inside.{name}", _source(name)) for name in _BRIDGE]


@functools.cache
def finder() -> str:
    """The text of the program that tells what an image's packages consist of."""
    return _source("installed")


def _source(name: str) -> str:
    with open(os.path.join(_INSIDE, f"{name}.py"), encoding="utf-8") as file:
        return file.read()


def configuration(
    tier: int,
    cores: list[int],
    cgroup: Cgroup | None = None,
    scratch: bool = False,
    packages: tuple[str, ...] = (),
) -> dict[str, Any]:
    """All that an agent must know to build its cell: JSON. ``packages`` are installed Python packages
    that its programs may import, which needs tier 2.
    """
    paths = shown_paths()
    each = tier == 1 or (scratch and tier > 0)  # each child finishes its own confinement
    child_filter, own_pid = seccomp.child_filter(lone=tier == 1) if each else (b"", None)
    # Counted in the cell's own user namespace, where the agent lives too, and the keeper unless it is
    # root; at tier 3 one more, so that the cgroup refuses first: it counts refusals.
    counted = 1 + (os.geteuid() != 0) + (tier >= 3) if tier >= 2 else None
    return {
        "tier": tier,
        "cores": cores,
        "namespaces": tier >= 2,
        "hides": False,
        "in_container": False,
        "alone": tier == 1,
        "sweeps": tier >= 2,
        "counted": counted,
        "binds": paths,
        **installed.to_show(packages, installed.found(packages)),
        "devices": [path for path in _DEVICES if os.path.exists(path)],
        "links": [(path, os.readlink(path)) for path in _SYSTEM if os.path.islink(path)]
        + (_STREAMS if scratch else []),
        "proc": scratch,
        "cgroups": cgroup.entrances if cgroup else [],
        "become_nobody": tier == 1 and os.geteuid() == 0 and all(map(_open_to_all, paths)),
        "landlock": _landlock(["/"] if tier >= 2 else paths, landlock_abi()) if tier else None,
        "mounts_scratch": scratch,
        "filter": seccomp.inherited_filter(tier, setting_up=each).hex() if tier else "",
        "child_filter": child_filter.hex(),
        "child_filter_pid": own_pid,
        "environment": {
            **_ENVIRONMENT,
            "PATH": f"/usr/local/bin:/usr/bin:/bin:{os.path.dirname(interpreter())}",
        },
        "warm": WARM,
    }


def container_configuration(
    abi: int | None = None,
    machine: str | None = None,
    packages: tuple[str, ...] = (),
    parts: installed.Parts = (),
) -> dict[str, Any]:
    """All that an agent must know in a container, which is its cell already: JSON.

    ``abi`` (of Landlock) and ``machine`` describe the engine's kernel where it is not our own;
    ``parts`` are where in the image the ``packages`` lie that its programs may import.

    Each run is a Landlock domain of its own there, so that it can neither signal nor look into the
    agent. Before version 6 Landlock did not keep signals apart; then a run may start no process, and
    signal none but itself. Where there is no Landlock at all (0), as in gVisor, the agent hides from
    ``/proc``; that is enough for a container that serves one run only.
    """
    abi = landlock_abi() if abi is None else abi
    alone = abi < 6
    child_filter, own_pid = seccomp.child_filter(lone=alone, machine=machine)
    landlock = {
        **_landlock([*IN_CONTAINER, *([PACKAGES] if parts else [])], abi),
        "agent_rules": [("/proc", _WRITE_FILE | _LOOK)],
        "scratch_paths": ["/scratch", "/dev/shm"],
    }
    return {
        "tier": 1,
        "cores": [],
        "namespaces": False,
        "in_container": True,
        "alone": alone,
        "sweeps": True,
        "counted": 3,  # init, the agent, and what carries a stream
        "proc": True,
        **installed.to_show(packages, parts),
        "cgroups": [],
        "become_nobody": False,
        "landlock": landlock if abi else None,
        "hides": not abi,
        "mounts_scratch": False,
        "filter": seccomp.inherited_filter(2, setting_up=True, machine=machine).hex(),
        "child_filter": child_filter.hex(),
        "child_filter_pid": own_pid,
        "environment": {**_ENVIRONMENT, "PATH": "/usr/local/bin:/usr/bin:/bin"},
        "warm": WARM,
    }


def _landlock(readable: list[str], abi: int) -> dict[str, Any]:
    files = (1 << 13) - 1
    for since, right in ((2, 1 << 13), (3, _TRUNCATE), (5, _IOCTL_DEV)):
        files |= right if abi >= since else 0
    device = (_READ_FILE | _WRITE_FILE | _TRUNCATE) & files
    rules = [(path, _LOOK & ~_READ_DIR if os.path.isfile(path) else _LOOK) for path in readable]
    rules += [(path, device) for path in _DEVICES if os.path.exists(path)]
    return {
        "size": 24 if abi >= 6 else 16 if abi >= 4 else 8,
        "handled": (files, 3, 3),  # files; TCP bind and connect; abstract sockets and signals
        "rules": rules,
        "agent_rules": [],
        "scratch_paths": ["/scratch"],
        "scratch": files & ~(_MAKE_CHAR | _MAKE_BLOCK | _IOCTL_DEV),
    }


def _open_to_all(path: str) -> bool:
    """Whether nobody could read this path, all of its parents included."""
    while path != "/":
        if not os.stat(path).st_mode & 0o004:
            return False
        path = os.path.dirname(path)
        if not os.stat(path).st_mode & 0o001:
            return False
    return True


def capabilities(tier: int) -> dict[str, Any]:
    """What a tier contains on this machine; ``docs/sandbox.md`` explains each key."""
    return {
        "tier": tier,
        "files": tier >= 1,
        "network": tier >= 1,
        "system_calls": tier >= 1,
        "signals": tier >= 1,
        "process_list": tier >= 2,
        "subprocesses": tier != 1,
        "descendants_killed": tier >= 1,
        "scratch": tier >= 2,
        "scratch_bounded": tier >= 2,
        "packages": tier >= 2,
        "process_count": tier >= 1,
        "memory_per_process": True,
        "memory_in_all": tier >= 1,
        "memory_bounded": tier >= 3,
    }
