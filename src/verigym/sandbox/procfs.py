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


def tree_bytes(root: int, skip: int) -> tuple[int, int]:
    """(bytes, processes) below a root: proportional resident memory, shared pages counted once.

    ``skip`` levels directly below and including the root are not counted: keeper and agent.
    """
    level = [root]
    for _ in range(skip - 1):
        level = [child for pid in level for child in children(pid)]
    pids = [pid for top in level for pid in descendants(top)]
    if len(pids) < 2:
        return 0, len(pids)
    return sum(map(_proportional, pids)), len(pids)


def _proportional(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/smaps_rollup", "rb") as file:
            for line in file:
                if line.startswith(b"Pss:"):
                    return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    return 0
