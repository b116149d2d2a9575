"""The contract of every verifier: ``verify(task, answer) -> Verdict``, and never a surprise.

A subclass writes one hook, :meth:`Verifier.judge`. Everything that every verifier owes its user is
here, once: an answer that is not text, is empty or is enormous is the candidate's failure; an
exception of ours is logged and becomes an abstention; a sandbox that failed is tried once more on a
fresh one before we abstain; each verdict is stamped with the task, the verifier and the time it took;
a batch keeps its order and its length whatever one item does.
"""

from __future__ import annotations

import contextvars
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar

from verigym.errors import SandboxError, TaskError
from verigym.task import Task
from verigym.verdict import Status, Verdict, abstention, failed
from verigym.verifiers.answer import Malformed, NoAnswer

MAX_ANSWER_CHARS = 4_000_000
"""Longer answers are refused unread; a minimised refutation of 100 variables needs some 30,000."""

_log = logging.getLogger(__name__)


class Verifier(ABC):
    """Judges answers to tasks: a pure function of its arguments, usable from any thread."""

    name: ClassVar[str]
    version: ClassVar[int] = 1
    waits: ClassVar[bool] = False
    """True when judging waits on other processes, so that a batch gains from threads."""

    @abstractmethod
    def judge(self, task: Task, answer: str) -> Verdict:
        """The verdict on a non-empty text of bounded length.

        Called by :meth:`verify`, which adds ids, version and total time. May raise :class:`NoAnswer`
        and :class:`Malformed` while it reads the answer, which become the statuses of these names.
        May raise :class:`SandboxError`, :class:`TaskError` (a spec that this verifier cannot read) or,
        when it has a bug, anything: all of these become abstentions.
        """

    def verify(self, task: Task, answer: str) -> Verdict:
        """The verdict on one answer. Never raises for an answer, whatever it is."""
        start = time.perf_counter()
        verdict = self._precheck(answer) or self._judge_or_abstain(task, answer)
        timings = {**verdict.timings, "total": time.perf_counter() - start}
        return verdict.stamped(
            task_id=task.id, verifier=self.name, version=self.version, timings=timings
        )

    async def averify(self, task: Task, answer: str) -> Verdict:
        """:meth:`verify` in a thread, so that an event loop goes on meanwhile."""
        import asyncio  # here: those who do not use it need not load it

        return await asyncio.to_thread(self.verify, task, answer)

    def verify_many(
        self, pairs: Iterable[tuple[Task, str]], workers: int | None = None
    ) -> list[Verdict]:
        """The verdicts on many answers, in the order and number of ``pairs``.

        ``workers`` bounds how many are judged at a time; by default one more than the shared sandbox
        runs at a time, where judging waits on one, else one (threads do not speed up pure Python).
        """
        pairs = list(pairs)
        workers = default_workers(self.waits) if workers is None else workers
        return ordered_map(lambda pair: self.verify(*pair), pairs, workers)

    def _precheck(self, answer: Any) -> Verdict | None:
        if answer is None:
            return failed(Status.NO_ANSWER, "There is no answer.")
        if not isinstance(answer, str):
            return failed(Status.MALFORMED, "The answer must be text.")
        if len(answer) > MAX_ANSWER_CHARS:
            return failed(Status.MALFORMED, f"The answer is longer than {MAX_ANSWER_CHARS} characters.")
        if not answer.strip():
            return failed(Status.NO_ANSWER, "The answer is empty.")
        return None

    def _judge_or_abstain(self, task: Task, answer: str) -> Verdict:
        for attempt in ("first", "last"):
            try:
                verdict = self.judge(task, answer)
                if not isinstance(verdict, Verdict):
                    raise TypeError(f"judge returned a {type(verdict).__name__}, not a Verdict")
                return verdict
            except NoAnswer as error:
                return failed(Status.NO_ANSWER, str(error))
            except Malformed as error:
                return failed(Status.MALFORMED, str(error))
            except SandboxError as error:
                _log.warning("%s: sandbox failed on task %s: %s", self.name, task.id[:12], error)
                if attempt == "last":
                    return _abstain(Status.SANDBOX_ERROR, error)
            except TaskError as error:
                _log.error("%s: unusable task %s: %s", self.name, task.id[:12], error)
                return _abstain(Status.VERIFIER_ERROR, error)
            except Exception as error:
                _log.exception("%s: failed on task %s", self.name, task.id[:12])
                return _abstain(Status.VERIFIER_ERROR, error)
        raise AssertionError("unreachable")


def ordered_map(function: Any, items: list[Any], workers: int) -> list[Any]:
    """``[function(item) for item in items]`` on up to ``workers`` threads, same order and length."""
    if workers < 1:
        raise ValueError(f"workers is {workers}; it must be at least 1")
    if workers == 1 or len(items) < 2:
        return [function(item) for item in items]
    pool = ThreadPoolExecutor(min(workers, len(items)), thread_name_prefix="verigym")
    here = contextvars.copy_context()  # the scope that we are in holds for the threads too
    try:
        return list(pool.map(lambda item: here.copy().run(function, item), items))
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def default_workers(waits: bool) -> int:
    """How many answers to judge at a time: where judging waits, one more than the sandbox runs."""
    if not waits:
        return 1
    from verigym.sandbox.shared import shared  # here: the sandbox loads when it is needed

    try:
        return shared().workers + 1
    except SandboxError:  # each verdict will say so
        return 2


def _abstain(status: Status, error: Exception) -> Verdict:
    return abstention(
        status,
        "This answer could not be judged; that is no fault of the answer.",
        evidence={"error": f"{type(error).__name__}: {error}"[:2000]},
    )
