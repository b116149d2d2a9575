"""The cell: new namespaces around the agent, and a small read-only root for what runs in it."""

from __future__ import annotations

import contextlib
import os
import socket
from typing import Any

from verigym.sandbox.inside.linux import (
    AT_FDCWD,
    ATTR_NODEV,
    ATTR_NOSUID,
    ATTR_RDONLY,
    CLONE_NEWIPC,
    CLONE_NEWNET,
    CLONE_NEWNS,
    CLONE_NEWPID,
    CLONE_NEWUSER,
    CLONE_NEWUTS,
    MNT_DETACH,
    MS_NODEV,
    MS_NOEXEC,
    MS_NOSUID,
    MS_PRIVATE,
    MS_REC,
    NOBODY,
    PACKAGES,
    PR_SET_DUMPABLE,
    SCRATCH,
    SHARED_MEMORY,
    SYS_MOVE_MOUNT,
    SYS_PIVOT_ROOT,
    check,
    clone_tree,
    libc,
    mount,
    prctl,
    set_mount,
    syscall,
    unshare,
)


def leave_namespaces() -> None:
    """What the keeper does: new namespaces, for itself and (of processes) for its children.

    Root can build the cell as it is; anybody else must own a user namespace first.
    """
    spaces = CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWPID
    if os.geteuid() == 0:
        unshare(spaces)
        return
    uid, gid = os.geteuid(), os.getegid()
    unshare(CLONE_NEWUSER | spaces)
    proc = os.open("/proc", os.O_PATH | os.O_DIRECTORY)
    map_ids(proc, uid, gid)
    os.close(proc)


def build_cell(config: dict[str, Any]) -> None:
    """What the agent does: a read-only root, and then no identity or privilege outside any more."""
    proc = os.open("/proc", os.O_PATH | os.O_DIRECTORY)
    root = os.geteuid() == 0
    socket.sethostname("sandbox")
    build_root(config)
    if root:
        become_nobody()
        unshare(CLONE_NEWUSER)
        map_ids(proc, NOBODY, NOBODY)
    os.close(proc)


def become_nobody() -> None:
    """Give up root for good."""
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    prctl(PR_SET_DUMPABLE, 1)  # or the maps in /proc/self would belong to root


def map_ids(proc: int, uid: int, gid: int) -> None:
    """Map the one outer user and group to nobody inside."""
    prctl(PR_SET_DUMPABLE, 1)
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{NOBODY} {uid} 1"),
        ("gid_map", f"{NOBODY} {gid} 1"),
    ):
        fd = os.open(f"self/{name}", os.O_WRONLY, dir_fd=proc)
        os.write(fd, text.encode())
        os.close(fd)


def build_root(config: dict[str, Any]) -> None:
    """A root of its own: a small read-only tmpfs with read-only binds of what programs need."""
    mount(None, "/", None, MS_REC | MS_PRIVATE, None)
    trees = [(path, os.path.isdir(path), clone_tree(path, ATTR_NODEV)) for path in config["binds"]]
    trees += [(path, False, clone_tree(path, 0)) for path in config["devices"]]
    trees += [
        (f"{PACKAGES}/{name}", os.path.isdir(path), clone_tree(path, ATTR_NODEV))
        for path, name in config["packages"]
    ]
    base = "/tmp"  # any directory does: the sources are already held open
    mount(b"tmpfs", base, b"tmpfs", MS_NOSUID | MS_NODEV, b"size=1m,mode=755")
    for path, is_directory, tree in trees:
        target = base + path
        os.makedirs(os.path.dirname(target), 0o755, exist_ok=True)
        if is_directory:
            os.makedirs(target, 0o755, exist_ok=True)
        else:
            os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o644))
        syscall("move_mount", SYS_MOVE_MOUNT, tree, b"", AT_FDCWD, target.encode(), 4)
        os.close(tree)
    for path, target in config["links"]:
        os.symlink(target, base + path)
    os.mkdir(base + SCRATCH, 0o755)
    for path in ("/tmp", SHARED_MEMORY):
        os.symlink(SCRATCH, base + path)
    if config["proc"]:
        mount_proc(base + "/proc")
    os.chdir(base)
    syscall("pivot_root", SYS_PIVOT_ROOT, b".", b".")
    check(libc.umount2(b".", MNT_DETACH), "detach the old root")
    os.chdir("/")
    set_mount(AT_FDCWD, b"/", 0, ATTR_RDONLY | ATTR_NOSUID | ATTR_NODEV)


def mount_proc(target: str) -> None:
    """A run's own processes, and nothing else of ``/proc``: Java and rustc need them.

    Where it cannot be had (an old kernel, or a container that masks its own) programs go without.
    """
    os.mkdir(target, 0o755)
    options = b"subset=pid,hidepid=4"  # 4: only what a process could trace, which the agent is not
    with contextlib.suppress(OSError):
        mount(b"proc", target, b"proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, options)
