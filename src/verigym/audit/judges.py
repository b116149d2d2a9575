"""The audit's side of its workers: ask for verdicts, wait no longer than a deadline, survive anything.

Each :class:`Judge` is one worker process that does one thing at a time, so that when it dies, hangs or
answers nonsense, the answer that did it is known. Then it is killed, and the next request starts
another.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from verigym.errors import UserError
from verigym.verdict import Status

START_SECONDS = 120.0
"""How long what is audited may take to be imported."""
MAX_REPLY = 1 << 22
PATIENCE = 10.0
"""Seconds that a worker gets to end by itself."""


@dataclass(frozen=True)
class Seen:
    """What came of one answer."""

    reward: float | None = None
    abstained: bool = False
    status: str = ""
    """The verdict's status; empty for a plain grader."""
    correct: bool | None = None
    raised: str = ""
    """The exception that came out instead of a verdict."""
    broke: str = ""
    """How the judging process ended instead of answering."""
    odd: str = ""
    """The reward, when it was no finite number."""
    error: str = ""
    """What an abstention says of itself."""
    tier: int | None = None
    """The containment that the verdict's evidence reports."""

    @property
    def blames_itself(self) -> bool:
        """True for an abstention because the verifier failed: no answer may bring it to that."""
        return self.status == Status.VERIFIER_ERROR.value

    @property
    def excused(self) -> bool:
        """True when the answer could not be judged, through no fault of its own."""
        return self.abstained and not self.blames_itself

    @property
    def words(self) -> str:
        """In a few words, for a report."""
        if self.broke or self.raised:
            return self.broke or f"raised {self.raised[:120]}"
        if self.odd:
            return f"the reward {self.odd}"
        if self.abstained:
            return f"an abstention ({self.status}{': ' if self.error else ''}{self.error[:120]})"
        status = f" ({self.status})" if self.status else ""
        return f"reward {self.reward:g}{status}" if self.reward is not None else "the reward None"


@dataclass(frozen=True)
class Setting:
    """How workers are started: what they load, and for how long they may think."""

    name: str
    """``module:name`` of a family's class or of a grading function."""
    payloads: tuple[Any, ...]
    """For each item what the judge needs: a task, or a record with its prompt."""
    deadline: float
    """Seconds for one verdict."""
    sandbox: tuple[str, tuple[str, ...]] | None = None
    """A backend and its options in words."""
    waits: bool = False
    """Whether the verifier waits for a sandbox's processes."""
    apart: bool = False
    """Whether each worker gets an empty folder to work in, because its answers may write files."""
    batch: int = 1
    """Answers for one request: more than one only where an answer cannot do anything to the judge. A
    batch that breaks it is judged again one by one, so that the answer that did it is known."""


class Judge:
    """One worker process, started when it is first asked."""

    def __init__(self, setting: Setting, hash_seed: int = 0) -> None:
        self._setting = setting
        self._hash_seed = hash_seed
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._link: socket.socket | None = None
        self._rest = b""
        self._number = 0

    def ask(self, index: int, answer: Any) -> Seen:
        """What comes of one answer to item ``index``."""
        return self.ask_in_order([(index, answer)])[0]

    def ask_in_order(self, answers: list[tuple[int, Any]]) -> list[Seen]:
        """What comes of several answers, judged one after the other in one process."""
        limit = self._setting.deadline * len(answers)
        try:
            found = self._request({"answers": answers}, limit)
            return [Seen(**one) for one in found]
        except _ForkBroken as error:  # the worker is as it was
            return [Seen(broke=str(error))] * len(answers)
        except (_Broken, TypeError) as error:
            self.close(kill=True)
            how = str(error) if isinstance(error, _Broken) else "a reply of no meaning"
            return [Seen(broke=how)] * len(answers)

    def pose(self, about: dict[str, Any]) -> list[str]:
        """The ids of the tasks that a family poses in this worker.

        Raises:
            UserError: when it does not answer.
        """
        try:
            return list(self._request({"pose": about}, START_SECONDS))
        except _Broken as error:
            self.close(kill=True)
            raise UserError(
                f"{self._setting.name} poses no tasks in another process: {error}"
            ) from None

    def close(self, kill: bool = False) -> None:
        """End the worker: by itself, so that it tidies its sandbox up, or at once.

        One that waits for a sandbox is interrupted before it is killed: its containers may be
        elsewhere.
        """
        process, link, self._process, self._link = self._process, self._link, None, None
        if link is not None:
            with suppress(OSError):
                link.shutdown(socket.SHUT_RDWR)  # wakes whoever reads
            link.close()
        if process is None:
            return
        if kill and self._setting.waits:
            process.send_signal(signal.SIGINT)
        if not kill or self._setting.waits:
            with suppress(subprocess.TimeoutExpired):
                process.wait(PATIENCE)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)  # the group outlives its leader
        process.wait()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def _request(self, request: dict[str, Any], seconds: float) -> Any:
        if self._process is None:
            self._start()
        self._number += 1
        reply = self._exchange({"number": self._number, **request}, seconds)
        if reply.get("number") == self._number and isinstance(reply.get("broke"), str):
            raise _ForkBroken(reply["broke"])
        if reply.get("number") != self._number or not isinstance(reply.get("found"), list):
            raise _Broken("a reply that nobody asked for: the answer reached the judge's own channel")
        return reply["found"]

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        if self._setting.apart:
            self._folder = tempfile.TemporaryDirectory(
                prefix="verigym-audit-", ignore_cleanup_errors=True
            )
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "verigym.audit.worker", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                env={**os.environ, "PYTHONHASHSEED": str(self._hash_seed), "PYTHONPATH": _path()},
                cwd=None if self._folder is None else self._folder.name,
                start_new_session=True,
            )
        self._link, self._rest = ours, b""
        hello = {
            "name": self._setting.name,
            "payloads": self._setting.payloads,
            "sandbox": self._setting.sandbox,
        }
        try:
            reply = self._exchange(hello, START_SECONDS)
        except _Broken as error:
            self.close(kill=True)
            raise UserError(f"{self._setting.name} does not load in another process: {error}") from None
        if "refused" in reply:
            self.close(kill=True)
            raise UserError(str(reply["refused"]))

    def _exchange(self, message: dict[str, Any], seconds: float) -> dict[str, Any]:
        assert self._link is not None
        end = time.monotonic() + seconds
        try:
            self._link.settimeout(seconds)
            self._link.sendall(json.dumps(message).encode() + b"\n")
            while b"\n" not in self._rest:
                if (more := self._receive(end)) == b"":
                    raise _Broken("the judge's process ended")
                self._rest += more
                if len(self._rest) > MAX_REPLY:
                    raise _Broken("a reply without end")
            line, _, self._rest = self._rest.partition(b"\n")
            reply = json.loads(line)
        except TimeoutError:
            raise _Broken(f"no verdict after {seconds:g} seconds") from None
        except OSError:
            raise _Broken("the judge's process ended") from None
        except (ValueError, RecursionError):
            raise _Broken("a reply of no meaning") from None
        if not isinstance(reply, dict):
            raise _Broken("a reply of no meaning")
        return reply

    def _receive(self, end: float) -> bytes:
        """What comes next; empty when the worker has ended, even if a child of its holds the line."""
        assert self._link is not None
        assert self._process is not None
        while True:
            left = end - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._link.settimeout(min(left, 0.25))
            try:
                return self._link.recv(1 << 16)
            except TimeoutError:
                if self._process.poll() is not None:
                    return b""


class _Broken(Exception):
    """The worker did not answer; the message says what it did instead."""


class _ForkBroken(_Broken):
    """A fork of the worker did not answer."""


def _path() -> str:
    """Where this process finds its modules, so that the worker finds the same ones."""
    return os.pathsep.join(os.path.abspath(part) for part in sys.path)


@contextmanager
def judging(
    setting: Setting, workers: int
) -> Iterator[Callable[[Iterable[tuple[int, Any]]], Iterator[Seen]]]:
    """For the time of a ``with`` block, a function from answers to what comes of each, in order."""
    judges = [Judge(setting) for _ in range(workers)]
    free: queue.SimpleQueue[Judge] = queue.SimpleQueue()
    size = setting.batch
    for judge in judges:
        free.put(judge)
    pool = ThreadPoolExecutor(workers, thread_name_prefix="audit")

    def some(pairs: list[tuple[int, Any]]) -> list[Seen]:
        judge = free.get()
        try:
            found = judge.ask_in_order(pairs)
            if len(pairs) > 1 and found[0].broke:
                return [judge.ask(*pair) for pair in pairs]
            return found
        finally:
            free.put(judge)

    def ask(pairs: Iterable[tuple[int, Any]]) -> Iterator[Seen]:
        every = list(pairs)
        batches = [every[start : start + size] for start in range(0, len(every), size)]
        for found in pool.map(some, batches):
            yield from found

    try:
        yield ask
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for judge in judges:  # whoever waits for one is woken by its end
            judge.close(kill=True)
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        for judge in judges:
            judge.close()
