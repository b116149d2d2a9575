"""Verdict lines: a file that a run writes as it goes, and from which a later run can resume.

A line is the verdict with the task's ``index``, the ``sample`` and a hash of the answer. A stored
verdict is used again only for the same task, sample, answer and version of the verifier. Abstentions
are judged again: they say nothing. Then the later line counts.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from verigym.bench import jsonl
from verigym.bench.run import Job
from verigym.bench.summary import Tally
from verigym.errors import FormatError, VerigymError
from verigym.family import checked_verifier
from verigym.verdict import Status, Verdict


class Key(NamedTuple):
    """What a verdict is about, and who gave it."""

    task_id: str
    sample: int
    answer_sha256: str
    verifier: str
    version: int


class Stored(NamedTuple):
    """What is counted of a verdict."""

    status: Status
    reward: float | None


def key(job: Job) -> Key:
    """What the verdict on a job will be about."""
    verifier = checked_verifier(job.task)
    return Key(job.task.id, job.sample, _digest(job.answer), verifier.name, verifier.version)


def to_line(job: Job, verdict: Verdict) -> dict[str, Any]:
    """The JSON value to store."""
    return {
        "index": job.index,
        "sample": job.sample,
        "answer_sha256": _digest(job.answer),
        **verdict.to_json(),
    }


def load(path: str) -> dict[Key, Stored]:
    """The verdicts in a file, without abstentions; a torn last line is cut off the file first.

    Raises:
        FormatError: when a line is not one that :func:`to_line` made.
        UserError: when the file cannot be read and written.

    """
    if not os.path.exists(path):
        return {}
    jsonl.drop_torn_line(path)
    stored = {}
    for line in jsonl.read(path):
        record = line.as_object()
        try:
            found = Stored(Status(record["status"]), record["reward"])
            Verdict(*found)  # whose rules a reward must keep
            about = Key(*(record[name] for name in Key._fields))
            hash(about)  # arrays and objects have none
        except (KeyError, TypeError, ValueError, VerigymError) as error:
            raise FormatError(f"{line.where} is not a stored verdict: {error}") from None
        if found.reward is not None:
            stored[about] = found
    return stored


def unjudged(jobs: Iterable[Job], stored: dict[Key, Stored], tally: Tally) -> Iterator[Job]:
    """The jobs that have no stored verdict, lazily; the others are counted in passing."""
    for job in jobs:
        found = stored.get(key(job)) if stored else None
        if found is None:
            yield job
        else:
            tally.add(job, *found, resumed=True)


def _digest(answer: str) -> str:
    return hashlib.sha256(answer.encode("utf-8", "surrogatepass")).hexdigest()
