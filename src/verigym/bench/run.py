"""Judging a stream of answers: in order, a bounded number at a time, in bounded memory.

Jobs are taken from an iterator only as fast as verdicts are taken out, so neither the jobs nor the
verdicts are ever all in memory. Leaving the ``with`` block starts nothing more; when it is left by
Ctrl-C, the shared sandbox is closed too, so that nothing keeps running.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain

from verigym.errors import UserError
from verigym.family import checked_verifier
from verigym.task import Task
from verigym.verdict import Verdict
from verigym.verifiers.base import default_workers

AHEAD = 4
"""For each worker, how many jobs are taken from the stream before the oldest verdict is handed out."""


@dataclass(frozen=True)
class Job:
    """One answer to judge."""

    task: Task
    answer: str
    index: int = 0
    """Position of the task among those posed."""
    sample: int = 0
    """Position of the answer among those to the same task."""
    missing: bool = False
    """True when nobody answered: the answer is empty, and the verdict will be ``NO_ANSWER``."""


Pending = deque[tuple[Job, "Future[Verdict]"]]


@contextmanager
def judging(jobs: Iterable[Job], workers: int | None = None) -> Iterator[Iterator[tuple[Job, Verdict]]]:
    """The jobs with their verdicts, in the order of the jobs, for the time of a ``with`` block.

    ``workers`` is how many answers are judged at a time; by default what suits the verifier of the
    first job. With one worker, each verdict is handed out before the next job is taken.

    Raises:
        TaskError: on reaching a job whose family is unknown here or of another version.
        UserError: when ``workers`` is below 1.

    """
    if workers is None:
        workers, jobs = _suited(jobs)
    if workers < 1:
        raise UserError(f"workers is {workers}; it must be at least 1")
    if workers == 1:
        # Here, in this thread, where Ctrl-C ends even a judgement that waits for nothing.
        with _closing_sandboxes_on_interrupt(deque()):
            yield ((job, checked_verifier(job.task).verify(job.task, job.answer)) for job in jobs)
        return
    pool = ThreadPoolExecutor(workers, thread_name_prefix="verigym")
    pending: Pending = deque()
    try:
        with _closing_sandboxes_on_interrupt(pending):
            yield _in_order(pool, jobs, pending, AHEAD * workers)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _in_order(
    pool: ThreadPoolExecutor, jobs: Iterable[Job], pending: Pending, ahead: int
) -> Iterator[tuple[Job, Verdict]]:
    for job in jobs:
        verify = checked_verifier(job.task).verify
        pending.append((job, pool.submit(verify, job.task, job.answer)))
        while pending and (len(pending) >= ahead or pending[0][1].done()):
            yield _oldest(pending)
    while pending:
        yield _oldest(pending)


def _oldest(pending: Pending) -> tuple[Job, Verdict]:
    job, future = pending[0]
    verdict = future.result()
    pending.popleft()
    return job, verdict


def _suited(jobs: Iterable[Job]) -> tuple[int, Iterable[Job]]:
    """The default number of workers, judged by the first job, and all the jobs."""
    jobs = iter(jobs)
    for first in jobs:
        return default_workers(checked_verifier(first.task).waits), chain([first], jobs)
    return 1, jobs


@contextmanager
def _closing_sandboxes_on_interrupt(pending: Pending) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        running = {future for _, future in pending if not future.cancel()}
        while True:
            # Only a sandbox that was loaded can be running something.
            close = getattr(sys.modules.get("verigym.sandbox"), "close_shared", None)
            if close is not None:
                close()
            # A verifier whose sandbox went away tries once more on a fresh one: close that too.
            running = wait(running, timeout=0.05).not_done
            if not running:
                raise
