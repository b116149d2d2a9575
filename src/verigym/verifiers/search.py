"""Checks that must search: in a worker that can be killed, under budgets that are counted.

Some claims cannot be checked without a solver: that a set of clauses is unsatisfiable, that two
formulas are equivalent. :func:`run` has one of our own functions do that in a warm worker process.
These limits hold: conflicts (:class:`Solver` counts them over all its calls, so the verdict is the same
on every machine), CPU seconds and memory of the worker, for what conflicts do not bound, and as the
last resort a time on the clock, after which the worker is killed. The first three are the answer's
fault (:class:`OutOfBudget`, ``Status.BUDGET``); the last may be the machine's: it is an abstention.

Payload and result are plain JSON. What is run is named by our code, never by data.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Any

from verigym.errors import SandboxError, VerigymError

CONFLICTS = 20_000
"""Conflicts that a check may cost unless it says otherwise, well below a second."""
MEMORY = 2 << 30
"""Bytes of address space of a worker."""
PATIENCE = 4.0
"""Seconds on the clock for each CPU second before the machine is held to be at fault."""
IDLE = 4
"""Workers that are kept for the next search."""


class OutOfBudget(VerigymError):
    """A search took more conflicts, CPU time or memory than it may."""


class Solver:
    """One incremental SAT solver (MiniSat) with a budget of conflicts over all its calls.

    For use inside a worker; leaves the solver's memory when the ``with`` block ends.
    """

    def __init__(self, clauses: Iterable[Sequence[int]], conflicts: int = CONFLICTS) -> None:
        from pysat.solvers import Minisat22  # here: judging must not pay for loading it

        self.conflicts = conflicts
        """Conflicts that are left."""
        self._empty = False
        self._solver = Minisat22()
        for clause in clauses:
            self.add(clause)

    def __enter__(self) -> Solver:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._solver.delete()

    def add(self, clause: Sequence[int]) -> None:
        """Add a clause for good."""
        if clause:
            self._solver.add_clause(list(clause))
        else:
            self._empty = True  # which some releases cannot take

    def satisfiable(self, assumptions: Sequence[int] = ()) -> bool:
        """Whether the clauses have a model in which all assumptions are true.

        Raises:
            OutOfBudget: when the conflicts are used up.

        """
        if self._empty:
            return False
        if self.conflicts <= 0:
            raise OutOfBudget("the conflicts are used up")
        before = self._solver.accum_stats()["conflicts"]
        self._solver.conf_budget(self.conflicts)
        answer = self._solver.solve_limited(assumptions=list(assumptions))
        self.conflicts -= self._solver.accum_stats()["conflicts"] - before
        if answer is None:
            raise OutOfBudget("the conflicts are used up")
        return bool(answer)

    @property
    def model(self) -> list[int]:
        """The model behind the last yes; variables that occur in no clause may be missing."""
        return self._solver.get_model() or []

    @property
    def core(self) -> list[int]:
        """The assumptions behind the last no: together with the clauses they have no model."""
        return [] if self._empty else self._solver.get_core() or []


def run(function: str, payload: Any, seconds: float = 10.0) -> Any:
    """What ``module:function`` of ours returns for a payload, in a worker process.

    Raises:
        OutOfBudget: when it says so itself, or uses up its CPU seconds or its memory.
        SandboxError: when no worker can be had, or it does not answer.
        VerigymError: when the function failed.

    """
    request = json.dumps({"function": function, "payload": payload, "seconds": seconds})
    with _lock:
        worker = _idle.pop() if _idle else None
    if worker is None:
        worker = _Worker()
    try:
        reply = worker.ask(request, seconds)
    except BaseException:
        worker.kill()  # whatever it was doing, nobody will read it
        raise
    with _lock:
        kept = len(_idle) < IDLE
        if kept:
            _idle.append(worker)
    if not kept:
        worker.kill()
    if "budget" in reply:
        raise OutOfBudget(reply["budget"])
    if "error" in reply:
        raise VerigymError(f"{function} failed: {reply['error']}")
    return reply["result"]


class _Worker:
    """A process that answers one request at a time, each a line of JSON."""

    def __init__(self) -> None:
        places = [os.path.abspath(place) for place in sys.path]
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "verigym.verifiers.search_worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={"PYTHONPATH": os.pathsep.join(places), "PYTHONDONTWRITEBYTECODE": "1"},
                cwd="/",
            )
        except OSError as error:
            raise SandboxError(f"a search worker cannot be started: {error}") from error

    def ask(self, request: str, seconds: float) -> dict[str, Any]:
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):  # it has ended: reading tells how
            self._process.stdin.write(request.encode() + b"\n")
            self._process.stdin.flush()
        reply = self._read_line(time.monotonic() + PATIENCE * seconds + 5)
        if not reply.endswith(b"\n"):
            code = self._process.wait(timeout=10)
            if code == -signal.SIGXCPU:
                raise OutOfBudget(f"the search took more than {seconds:g} seconds of CPU time")
            raise SandboxError(f"the search worker ended with exit code {code}")
        found = json.loads(reply)
        assert isinstance(found, dict)
        return found

    def _read_line(self, deadline: float) -> bytes:
        assert self._process.stdout is not None
        pipe, line = self._process.stdout.fileno(), b""
        poller = select.poll()
        poller.register(pipe, select.POLLIN)
        while not line.endswith(b"\n"):
            left = deadline - time.monotonic()
            if left <= 0:
                raise SandboxError("the search worker does not answer")
            if poller.poll(left * 1000):
                chunk = os.read(pipe, 1 << 16)
                if not chunk:
                    break
                line += chunk
        return line

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):  # a request that it never read
                    pipe.close()


_lock = threading.Lock()
_idle: list[_Worker] = []


@atexit.register
def _end() -> None:
    while _idle:
        _idle.pop().kill()


def _forget() -> None:
    """After a fork: the workers are the parent's, and only one of us may talk to them."""
    global _lock, _idle
    _lock, _idle = threading.Lock(), []


os.register_at_fork(after_in_child=_forget)
