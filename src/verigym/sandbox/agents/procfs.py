"""Looking at a process tree from outside, through ``/proc``."""

from __future__ import annotations

import os

_PAGE = os.sysconf("SC_PAGE_SIZE")


def children(pid: int, thread: int | None = None) -> list[int]:
    """What a thread of a process started, by default its first; empty when it is gone."""
    try:
        with open(f"/proc/{pid}/task/{thread or pid}/children") as file:
            return [int(word) for word in file.read().split()]
    except (OSError, ValueError):
        return []


def descendants(pid: int) -> list[int]:
    """All below a process, parents first, whichever of its threads started them."""
    found: list[int] = []
    queue = [pid]
    while queue:
        below = _children_of_all_threads(queue.pop())
        found += below
        queue += below
    return found


def _children_of_all_threads(pid: int) -> list[int]:
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return []
    return [child for thread in threads for child in children(pid, int(thread))]


def tree_bytes(pid: int, single: bool) -> int:
    """Bytes that all below a process hold: proportional resident memory, shared pages counted once.

    0 for a single process, unless ``single``: to look costs time, and most are bound in other ways.
    """
    pids = descendants(pid)
    return sum(map(_held, pids)) if single or len(pids) > 1 else 0


def _held(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/smaps_rollup", "rb") as file:
            for line in file:
                if line.startswith(b"Pss:"):
                    return int(line.split()[1]) * 1024
    except PermissionError:  # it hides (PR_SET_DUMPABLE): then what it shares counts in full
        return _resident(pid)
    except (OSError, ValueError):
        pass
    return 0


def _resident(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/statm", "rb") as file:
            return int(file.read().split()[1]) * _PAGE
    except (OSError, ValueError, IndexError):
        return 0
