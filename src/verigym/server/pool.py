"""The worker processes, fed by the event loop.

All bookkeeping happens on the loop, so there are no locks and the counts are exact. Whoever waits for a
job may be cancelled: a job that has not begun is forgotten, one that has is called off. A job that does
not come to its end even then takes its process with it. A process that ends is replaced; what it was
doing is done again by another, once, and is then an infrastructure failure.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from verigym import errors
from verigym.errors import Cancelled, SandboxError, UserError
from verigym.sandbox.remote import codec
from verigym.server import frames
from verigym.server.replies import Reply
from verigym.server.settings import Settings
from verigym.server.worker import threads

START_SECONDS = 120.0
"""How long a worker may take to get ready on a busy machine."""
KILL_SECONDS = 15.0
"""How long a job that was called off may go on before its process is killed."""
END_SECONDS = 10.0
"""How long a worker may take to end."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0
"""Seconds before a worker that could not start is tried again."""
BROKEN_AFTER = 3
"""Failures of the sandbox in a row, with no success between them, after which it counts as broken."""
ATTEMPTS = 2
"""How often a job is begun whose process dies."""
NO_RUN = {"judged", "abstained", "sandbox_error", "unavailable", "cancelled"}
"""Outcomes that do not show that the sandbox works."""

_log = logging.getLogger(__name__)


class Pool:
    """Does jobs in worker processes. Every method is to be called from one event loop."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._waiting: dict[_Job, None] = {}  # in order, and quick to take one out
        self._numbers = itertools.count()
        self._processes: list[_Process] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._failures = 0
        self.closing = False
        self.about: Mapping[str, Any] = {}
        """What the sandbox is: backend, tier, workers in all, capabilities."""
        self.threads = 0
        """How many jobs are done at a time."""

    async def start(self) -> None:
        """Start the workers.

        Raises:
            UserError, SandboxUnavailable, SandboxError: what the first that could not start said.
        """
        self._processes = [_Process(self, share) for share in _shares(self._settings)]
        for process in self._processes:
            process.spawn()
        abouts = [await process.greeting() for process in self._processes]
        self.about = {
            **abouts[0],
            "tier": min(about["tier"] for about in abouts),
            "workers": sum(about["workers"] for about in abouts),
        }
        self.threads = sum(process.capacity for process in self._processes)

    @property
    def waiting(self) -> int:
        """Jobs that no worker has begun."""
        return len(self._waiting)

    @property
    def running(self) -> int:
        """Jobs that are being done."""
        return sum(len(process.jobs) for process in self._processes)

    @property
    def ready(self) -> int:
        """Worker processes that can be given jobs."""
        return sum(process.ready for process in self._processes)

    @property
    def broken(self) -> bool:
        """Whether nothing has been done for a while although it was tried, or nobody is there."""
        return self._failures >= BROKEN_AFTER or not self.ready

    async def run(self, path: str, body: bytes, seconds: float) -> Reply:
        """The reply of a worker.

        Raises:
            Cancelled: when it takes longer than so many seconds, from now.
            SandboxError: when the worker died.
        """
        loop = asyncio.get_running_loop()
        job = _Job(next(self._numbers), path, body, loop.time() + seconds, loop.create_future())
        timer = loop.call_at(job.end, self._expire, job)
        self._waiting[job] = None
        self.feed()
        try:
            return await job.future
        except asyncio.CancelledError:
            self._call_off(job)
            raise
        finally:
            timer.cancel()

    def feed(self) -> None:
        """Hand waiting jobs to workers that have room."""
        while self._waiting:
            free = [process for process in self._processes if process.room]
            if not free:
                return
            job = next(iter(self._waiting))
            del self._waiting[job]
            max(free, key=lambda process: process.room).begin(job)

    def finished(self, job: _Job, reply: Reply | None) -> None:
        """A worker has answered, or (None) died with this job."""
        if reply is None or "sandbox_error" in reply.outcomes:
            self._failures += 1
        elif set(reply.outcomes) - NO_RUN:
            self._failures = 0
        if job.future.done():
            return
        if reply is not None:
            job.future.set_result(reply)
        elif job.attempts < ATTEMPTS and not self.closing:
            self._waiting[job] = None
            self.feed()
        else:
            job.future.set_exception(SandboxError("the worker process that did this has died"))

    def lost(self, process: _Process) -> None:
        """Replace a process that has ended."""
        if not self.closing:
            task = asyncio.ensure_future(self._revive(process))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def close(self, seconds: float = END_SECONDS) -> None:
        """End all workers with what they do, and wait until they are gone."""
        self.closing = True
        for task in self._tasks:
            task.cancel()
        for process in self._processes:
            process.hang_up()
        await asyncio.gather(*(process.ended(seconds) for process in self._processes))

    async def _revive(self, process: _Process) -> None:
        pause = FIRST_PAUSE
        _log.warning("a worker process has ended; starting another")
        while True:
            await process.ended(END_SECONDS)
            try:
                process.spawn()
                await process.greeting()
            except (errors.VerigymError, OSError) as error:
                _log.warning("a worker process cannot be started: %s", error)
                await asyncio.sleep(pause)
                pause = min(LONGEST_PAUSE, 2 * pause)
            else:
                self.feed()
                return

    def _call_off(self, job: _Job) -> None:
        if job in self._waiting:
            del self._waiting[job]
        elif job.process is not None:
            job.process.call_off(job)
        job.body = b""

    def _expire(self, job: _Job) -> None:
        self._call_off(job)
        if not job.future.done():
            job.future.set_exception(Cancelled("out of time: the deadline of the request has passed"))


class _Job:
    """One piece of work; its identity is what the pool goes by."""

    __slots__ = ("attempts", "body", "end", "future", "number", "path", "process")

    def __init__(
        self, number: int, path: str, body: bytes, end: float, future: asyncio.Future[Reply]
    ) -> None:
        self.number, self.path, self.body, self.end, self.future = number, path, body, end, future
        self.process: _Process | None = None
        self.attempts = 0


class _Process(asyncio.Protocol):
    """One worker process after the other in the same place, and the connection to it."""

    def __init__(self, pool: Pool, share: Mapping[str, Any]) -> None:
        self._pool, self._share = pool, share
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.WriteTransport | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._buffer = bytearray()
        self.jobs: dict[int, _Job] = {}
        self.capacity = 0
        self.ready = False

    @property
    def room(self) -> int:
        """How many more jobs it can begin now."""
        return self.capacity - len(self.jobs) if self.ready else 0

    def spawn(self) -> None:
        """Start a process; :meth:`greeting` waits for it."""
        self._greeting: asyncio.Future[Mapping[str, Any]] = self._loop.create_future()
        self._ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "verigym.server.worker", str(theirs.fileno())],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,  # a Ctrl-C at the terminal is for the server
            )

    async def greeting(self) -> Mapping[str, Any]:
        """What the process says when it is ready.

        Raises:
            UserError, SandboxUnavailable, SandboxError: why it cannot do its work.
        """
        self._ours.setblocking(False)
        self._transport, _ = await self._loop.create_unix_connection(lambda: self, sock=self._ours)
        self._transport.write(frames.greeting(json.dumps(dict(self._share)).encode()))
        try:
            about = await asyncio.wait_for(asyncio.shield(self._greeting), START_SECONDS)
        except asyncio.TimeoutError:
            self.kill()
            raise SandboxError(f"a worker was not ready after {START_SECONDS:g} s") from None
        if "error" in about:
            kind = getattr(errors, about["kind"], SandboxError)
            raise kind(about["error"])
        self.capacity = threads(about["workers"])
        self.ready = True
        return about

    def begin(self, job: _Job) -> None:
        """Send it a job."""
        assert self._transport is not None
        job.process = self
        job.attempts += 1
        self.jobs[job.number] = job
        left = max(0.0, job.end - self._loop.time())
        head = frames.job(job.number, job.path, left, len(job.body))
        if len(job.body) < 65536:
            self._transport.write(head + job.body)
        else:
            self._transport.write(head)
            self._transport.write(job.body)

    def call_off(self, job: _Job) -> None:
        """End a job, and the process if that does not help."""
        if job.number in self.jobs and self._transport is not None:
            self._transport.write(frames.called_off(job.number))
            self._loop.call_later(KILL_SECONDS, self._insist, job)

    def _insist(self, job: _Job) -> None:
        if self.jobs.get(job.number) is job:
            _log.warning("a request to %s could not be called off; its worker is killed", job.path)
            self.kill()

    def kill(self) -> None:
        """End it at once; what ran in its sandbox ends with it."""
        if self._process is not None:
            self._process.kill()

    def hang_up(self) -> None:
        """Have it end by itself."""
        self.ready = False
        if self._transport is not None:
            self._transport.close()
        else:
            self._ours.close()

    async def ended(self, seconds: float) -> None:
        """Wait until the process is gone, and see to it if it takes too long."""
        process = self._process
        if process is None:
            return
        end = self._loop.time() + seconds
        while process.poll() is None:
            if self._loop.time() > end:
                process.kill()
            await asyncio.sleep(0.01)

    # What the connection says.

    def data_received(self, data: bytes) -> None:
        if self._buffer:
            self._buffer += data
            data = bytes(self._buffer) if self._whole() else b""
        elif len(data) < frames.HEAD.size or len(data) < _length(data):
            self._buffer += data
            data = b""
        if data:
            self._buffer.clear()
            self._take(data)

    def connection_lost(self, error: Exception | None) -> None:
        was_ready, self.ready = self.ready, False
        self._transport = None
        self._buffer.clear()
        jobs, self.jobs = list(self.jobs.values()), {}
        for job in jobs:
            self._pool.finished(job, None)
        if not self._greeting.done():
            self._greeting.set_result(
                {"error": "a worker process ended while it was starting", "kind": "SandboxError"}
            )
        if was_ready:
            self._pool.lost(self)

    def _whole(self) -> bool:
        return len(self._buffer) >= frames.HEAD.size and len(self._buffer) >= _length(self._buffer)

    def _take(self, data: bytes) -> None:
        """Frames, the first of which is whole."""
        size = _length(data)
        kind, status, again, number, _ = frames.HEAD.unpack_from(data)
        payload = data[frames.HEAD.size : size]
        if kind == frames.GREETING:
            self._greeting.set_result(json.loads(payload))
        elif (job := self.jobs.pop(number, None)) is not None:
            self._pool.finished(job, frames.read_reply(status, again, payload))
        if len(data) > size:
            self.data_received(data[size:])
        else:
            self._pool.feed()


def _length(data: bytes | bytearray) -> int:
    return int(frames.HEAD.size + frames.HEAD.unpack_from(data)[-1])


def _shares(settings: Settings) -> list[dict[str, Any]]:
    """What each process is told.

    The local sandbox is spread over the cores, one process for each program at a time. Others do their
    work elsewhere, and have one process.
    """
    options = dict(settings.options)
    common = {
        "backend": settings.backend,
        "ceiling": codec.limits_to_json(settings.ceiling),
        "scratch": settings.scratch,
    }
    if settings.backend != "local":
        return [{**common, "options": options, "core": None}]
    cores = sorted(os.sched_getaffinity(0))
    count = options.pop("workers", None)
    if count is None:
        count = len(cores)
    if count < 1:
        raise UserError(f"workers is {count}; it must be at least 1")
    return [
        {**common, "options": {**options, "workers": 1}, "core": cores[number % len(cores)]}
        for number in range(count)
    ]
