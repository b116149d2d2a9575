"""Linux system calls that Python has no name for, and what they confine: mounts, capabilities,
seccomp filters, Landlock rules. Mechanism only: what to confine comes from the judging side.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import struct
from typing import Any

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 1, 4, 36, 38
CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x20000, 0x4000000, 0x8000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REC, MS_PRIVATE, MNT_DETACH = 2, 4, 8, 0x4000, 0x40000, 2
ATTR_RDONLY, ATTR_NOSUID, ATTR_NODEV = 1, 2, 4
AT_FDCWD, AT_EMPTY_PATH, AT_RECURSIVE, OPEN_TREE_CLONE = -100, 0x1000, 0x8000, 1
CAPABILITY_VERSION_3 = 0x20080522
SFD_NONBLOCK, SFD_CLOEXEC = 0o4000, 0o2000000

SCRATCH = "/scratch"
SHARED_MEMORY = "/dev/shm"
"""Where the C library makes semaphores; leads to the scratch directory where the root is our own."""
PACKAGES = "/packages"
"""Where a cell shows installed Python packages, when a program names some."""
NOBODY = 65534

# System calls that the C library has no name for; these numbers are the same on every architecture.
SYS_OPEN_TREE, SYS_MOVE_MOUNT, SYS_MOUNT_SETATTR = 428, 429, 442
SYS_LANDLOCK_CREATE, SYS_LANDLOCK_ADD, SYS_LANDLOCK_RESTRICT = 444, 445, 446
# These differ.
SYS_PIVOT_ROOT, SYS_SECCOMP, SYS_CAPSET = {
    "x86_64": (155, 317, 126),
    "aarch64": (41, 277, 91),
}.get(os.uname().machine, (-1, -1, -1))

libc = ctypes.CDLL(None, use_errno=True)
_M_ARENA_MAX = -8


def check(result: int, what: str) -> int:
    """What a C function returned, or the error that it set."""
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")
    return result


def syscall(what: str, number: int, *args: Any) -> int:
    """Make a system call by number."""
    return check(libc.syscall(ctypes.c_long(number), *args), what)


def mount(
    source: bytes | None, target: str, kind: bytes | None, flags: int, data: bytes | None
) -> None:
    """Mount something at a path."""
    check(libc.mount(source, target.encode(), kind, ctypes.c_ulong(flags), data), f"mount {target}")


def share_one_heap() -> None:
    """Have all threads of this process, and of its children, allocate from one heap.

    The GNU C library reserves 64 MiB of address space for each thread's own, so that a few threads
    would use up the limit, or not, by where the loader happened to place the agent.
    """
    if mallopt := getattr(libc, "mallopt", None):  # other C libraries have one heap anyway
        mallopt(_M_ARENA_MAX, 1)


def prctl(option: int, value: int) -> None:
    """Change something about this process."""
    check(libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0), f"prctl {option}")


def unshare(flags: int) -> None:
    """Go into new namespaces."""
    check(libc.unshare(ctypes.c_int(flags)), "unshare namespaces")


def clone_tree(path: str, extra: int) -> int:
    """A detached, read-only copy of the mounts at a path, as a descriptor."""
    flags = OPEN_TREE_CLONE | AT_RECURSIVE | os.O_CLOEXEC
    tree = syscall(f"open_tree {path}", SYS_OPEN_TREE, AT_FDCWD, path.encode(), flags)
    set_mount(tree, b"", AT_EMPTY_PATH | AT_RECURSIVE, ATTR_RDONLY | ATTR_NOSUID | extra)
    return tree


def set_mount(fd: int, path: bytes, flags: int, attributes: int) -> None:
    """Change the attributes of a mount."""
    value = struct.pack("<QQQQ", attributes, 0, 0, 0)
    syscall("mount_setattr", SYS_MOUNT_SETATTR, fd, path, flags, value, ctypes.c_size_t(len(value)))


def child_signals() -> int:
    """A descriptor that is readable when a child has ended; SIGCHLD must be blocked (signalfd(2))."""
    mask = struct.pack("<Q", 1 << (signal.SIGCHLD - 1)).ljust(128, b"\0")
    return check(libc.signalfd(-1, mask, SFD_NONBLOCK | SFD_CLOEXEC), "signalfd")


def drop_capabilities() -> None:
    """No capability, effective, permitted or inheritable."""
    header = struct.pack("<Ii", CAPABILITY_VERSION_3, 0)
    syscall("capset", SYS_CAPSET, header, bytes(24))


class Program(ctypes.Structure):
    """``struct sock_fprog``: a seccomp filter as the kernel wants it."""

    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


class Filter:
    """A seccomp filter, ready to install; built by the judging side, see ``seccomp.py``."""

    def __init__(self, code: bytes) -> None:
        self._code = ctypes.create_string_buffer(code, len(code))
        self._program = Program(len(code) // 8, ctypes.addressof(self._code))
        self._pointer = ctypes.byref(self._program)

    def install(self) -> None:
        syscall("seccomp", SYS_SECCOMP, 1, 0, self._pointer)


class Landlock:
    """The paths that a run may reach, as a Landlock ruleset (kernel documentation: landlock.rst)."""

    def __init__(self, config: dict[str, Any]) -> None:
        self._attributes = struct.pack("<QQQ", *config["handled"])[: config["size"]]
        self._scratch_access = config["scratch"]
        self._scratch_paths = config["scratch_paths"]
        self._rules = self._open(config["rules"])
        self._agent_rules = self._open(config["agent_rules"])
        self._plain = self._build(self._rules)

    def restrict(self, scratch: bool) -> None:
        """Confine this process, and all that it starts, for good."""
        ruleset = self._plain
        if scratch:
            ruleset = self._build([*self._rules, *self._scratch_rules()])
        self._restrict(ruleset)

    def restrict_agent(self) -> None:
        """Confine an agent that still has to confine its children, and to tidy up after them."""
        self._restrict(self._build([*self._rules, *self._agent_rules, *self._scratch_rules()]))

    def _scratch_rules(self) -> list[tuple[int, int]]:
        return self._open([(path, self._scratch_access) for path in self._scratch_paths])

    @staticmethod
    def _open(rules: list[tuple[str, int]]) -> list[tuple[int, int]]:
        found = []
        for path, access in rules:
            with contextlib.suppress(FileNotFoundError):  # not every image has every folder
                found.append((access, os.open(path, os.O_PATH | os.O_CLOEXEC)))
        return found

    @staticmethod
    def _restrict(ruleset: int) -> None:
        syscall("landlock_restrict_self", SYS_LANDLOCK_RESTRICT, ruleset, 0)

    def _build(self, rules: list[tuple[int, int]]) -> int:
        size = ctypes.c_size_t(len(self._attributes))
        ruleset = syscall("landlock_create_ruleset", SYS_LANDLOCK_CREATE, self._attributes, size, 0)
        for access, fd in rules:
            rule = struct.pack("<Qi", access, fd)
            syscall("landlock_add_rule", SYS_LANDLOCK_ADD, ruleset, 1, rule, 0)
        return ruleset
