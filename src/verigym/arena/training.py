"""A run as samples to train on: what each role was asked, what it said, and its reward.

Prompts are not stored; they follow from the pools, which follow from the records. Turns in which we
failed, or in which nothing could be judged, have no reward and are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from verigym.arena import ledger
from verigym.arena.config import Config
from verigym.arena.pools import Pools
from verigym.arena.prompts import attacking, solving
from verigym.arena.views import for_solver, for_tester
from verigym.errors import UserError
from verigym.task import Task


@dataclass(frozen=True)
class Sample:
    """One rewarded turn of one role."""

    role: str
    """``solver`` or ``tester``."""
    task_id: str
    round: int
    messages: tuple[dict[str, str], ...]
    answer: str
    reward: float
    """In [0, 1]."""


def samples(folder: str | Path, tasks: Iterable[Task]) -> Iterator[Sample]:
    """The rewarded turns of a run, in order.

    Args:
        folder: of the run.
        tasks: those that it was played over; others are ignored.

    Raises:
        FormatError: when the folder holds no run.
        UserError: when a task is missing.
    """
    header, turns = ledger.read(folder)
    config = Config(**header["config"])
    known = {task.id: task for task in tasks}
    missing = [told["id"] for told in header["tasks"] if told["id"] not in known]
    if missing:
        raise UserError(f"the run was played over task {missing[0][:12]}, which is not among the tasks")
    played = [known[told["id"]] for told in header["tasks"]]
    pools = [Pools() for _ in played]
    for turn in turns:
        task, pool, number = played[turn["task"]], pools[turn["task"]], turn["round"]
        for answer in turn["answers"]:
            if answer["reward"] is not None:
                view = for_solver(task, pool, config, number, answer["sample"])
                asked = tuple(solving(view))
                yield Sample("solver", task.id, number, asked, answer["answer"], answer["reward"])
        suite = turn["suite"]
        if suite["reward"] is not None:
            then = pool.after({**turn, "suite": {"tests": []}, "held": []})
            asked = tuple(attacking(for_tester(task, then, config, number)))
            yield Sample("tester", task.id, number, asked, suite["answer"], suite["reward"])
        pool.apply(turn)
