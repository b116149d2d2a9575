"""Looking at a process tree from outside, through ``/proc``."""

from __future__ import annotations


def children(pid: int) -> list[int]:
    """The children of a process; empty when it is gone."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            return [int(word) for word in file.read().split()]
    except (OSError, ValueError):
        return []


def descendants(pid: int) -> list[int]:
    """All below a process, parents first. Children of threads other than the first are missed."""
    found: list[int] = []
    queue = [pid]
    while queue:
        below = children(queue.pop())
        found += below
        queue += below
    return found


def tree_bytes(pid: int, single: bool) -> int:
    """Bytes that all below a process hold: proportional resident memory, shared pages counted once.

    0 for a single process, unless ``single``: to look costs time, and most are bound in other ways.
    """
    pids = descendants(pid)
    return sum(map(_proportional, pids)) if single or len(pids) > 1 else 0


def _proportional(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/smaps_rollup", "rb") as file:
            for line in file:
                if line.startswith(b"Pss:"):
                    return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    return 0
