"""Where answers come from: a family's own reference, solver, null or random answers, or a file.

A *source* gives the answers to one task. :func:`jobs` lays a source over a family's tasks, lazily: a
task is generated when its answers are about to be judged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import repeat

from verigym import seeding
from verigym.bench import records
from verigym.bench.run import Job
from verigym.family import Family, GeneratedFamily, check_count
from verigym.task import Task

Source = Callable[[int, Task], Iterable[str]]
"""From a task's position and the task to the answers; empty when nobody answered."""


@dataclass(frozen=True)
class Posed:
    """The first ``count`` tasks of a family's split, made one at a time each time they are iterated."""

    family: Family
    split: str = "test"
    count: int | None = None

    def __len__(self) -> int:
        if isinstance(self.family, GeneratedFamily) and self.family.size() is None:
            return check_count(self.count, self.family.default_count)
        return len(self.family.tasks(self.split, self.count))

    def __iter__(self) -> Iterator[Task]:
        if self.family.size() is None:
            return (self.family.sample(self.split, index) for index in range(len(self)))
        return iter(self.family.tasks(self.split, self.count))


def jobs(posed: Posed, source: Source) -> Iterator[Job]:
    """A job for each answer to each task, and one marked missing where nobody answered."""
    for index, task in enumerate(posed):
        sample = -1
        for sample, answer in enumerate(source(index, task)):
            yield Job(task, answer, index, sample)
        if sample < 0:
            yield Job(task, "", index, missing=True)


def reference(family: Family, samples: int | None = None) -> Source:
    """The reference answer, ``samples`` times (default once)."""
    return lambda _, task: repeat(family.reference(task), samples or 1)


def solver(family: Family, samples: int | None = None) -> Source:
    """What a real solver answers, ``samples`` times (default once)."""
    return lambda _, task: repeat(family.solver_answer(task), samples or 1)


def null(family: Family, samples: int | None = None) -> Source:
    """The first ``samples`` null answers (default all of them)."""
    return lambda _, task: family.null_answers(task)[:samples]


def guesses(family: Family, samples: int | None = None, seed: int = 0) -> Source:
    """``samples`` random answers (default one), the same ones for the same seed."""

    def source(_: int, task: Task) -> Iterator[str]:
        for sample in range(samples or 1):
            yield family.random_answer(task, seeding.derive("guesses", seed, sample))

    return source


def from_file(path: str, posed: Posed, samples: int | None = None) -> Source:
    """The first ``samples`` answers (default all) that a file of answers gives to each task.

    The answers are held in memory; :func:`verigym.bench.records.answer_to` says what a line is.

    Raises:
        FormatError: when the file cannot be read, or answers a task that is not posed.

    """
    by_index: dict[int, list[str]] = {}
    for job in records.joined(list(posed), path):
        by_index.setdefault(job.index, []).append(job.answer)
    return lambda index, _: by_index.get(index, [])[:samples]
