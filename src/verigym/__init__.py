"""Rewards you can trust, for code and logic.

>>> import verigym
>>> fam = verigym.family("sat/decide", n=10)
>>> task = fam.sample(split="train", index=7)
>>> verigym.verify(task, fam.reference(task)).reward
1.0
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from typing import Any

from verigym.envs.registration import register_with_gymnasium as _register_environments
from verigym.family import Family, checked_verifier, names, register
from verigym.family import make as family
from verigym.task import Task
from verigym.verdict import Case, Status, Verdict
from verigym.verifiers.base import Verifier, default_workers, ordered_map

__version__ = "0.1.0"

__all__ = [
    "Case",
    "Family",
    "Status",
    "Task",
    "Verdict",
    "Verifier",
    "averify",
    "envs",
    "families",
    "family",
    "register",
    "sandbox",
    "verifiers",
    "verify",
    "verify_many",
]


def families() -> list[str]:
    """The names of all known families, sorted."""
    return names()


def verify(task: Task, answer: str) -> Verdict:
    """The verdict on one answer, by the verifier of the task's family.

    Raises:
        TaskError: when the task's family is unknown here or of another version. Nothing that is in
            the answer raises.

    """
    return checked_verifier(task).verify(task, answer)


async def averify(task: Task, answer: str) -> Verdict:
    """:func:`verify` for event loops."""
    return await checked_verifier(task).averify(task, answer)


def verify_many(pairs: Iterable[tuple[Task, str]], workers: int | None = None) -> list[Verdict]:
    """The verdicts on many answers, of any families together; order and length are kept.

    ``workers`` bounds how many are judged at a time (default: what suits the families' verifiers).

    Raises:
        TaskError: before anything is judged, when one task's family is unknown or of another version.

    """
    jobs = [(checked_verifier(task), task, answer) for task, answer in pairs]
    if workers is None:
        workers = default_workers(any(verifier.waits for verifier, _, _ in jobs))
    return ordered_map(lambda job: job[0].verify(job[1], job[2]), jobs, workers)


def __getattr__(name: str) -> Any:
    # The three rooms load when they are entered: verigym.envs, verigym.sandbox, verigym.verifiers.
    if name in ("envs", "sandbox", "verifiers"):
        return importlib.import_module(f"verigym.{name}")
    raise AttributeError(f"module 'verigym' has no attribute {name!r}")


_register_environments()
