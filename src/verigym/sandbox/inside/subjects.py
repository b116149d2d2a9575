"""Many programs of one author in one process: each is loaded, and called on the same cases.

For the mutants of a reference, which trust each other as much as they trust themselves; the answers of
a policy get a process each. A line of JSON for each program; when one ends the process, its line is
missing, and the caller goes on behind it. Steps are counted (:mod:`verigym.sandbox.inside.ticks`), and
so is processor time, for what takes long in one step.
"""

from __future__ import annotations

import ast
import os
import signal
import sys
import time
import types
from collections.abc import Callable
from typing import Any

from verigym.sandbox.inside import arrays, exchange, goals, plain, wire
from verigym.sandbox.inside.ticks import TICK, instrumented
from verigym.sandbox.inside.wire import RESULT_FD

ANSWER_SUBJECTS = b"from verigym.sandbox.inside import subjects\nsubjects.answer_subjects()\n"

_LONGEST = 1 << 16
"""Bytes of the longest reply that is sent."""


class _Overdue(BaseException):
    """The call takes more steps, or more processor time, than it may."""


class _Silence:
    """Where the programs print."""

    def write(self, text: str) -> int:
        return len(text)

    def flush(self) -> None:
        pass


def answer_subjects() -> None:
    """Load each source and call its function; one line of JSON for each."""
    job = wire.job()
    sys.stdout = sys.stderr = _Silence()
    signal.signal(signal.SIGPROF, _late)
    for source in job["sources"]:
        wire.write(RESULT_FD, _observe(source, job) + b"\n")
    os._exit(0)


def _late(_signal: int, _frame: object) -> None:
    raise _Overdue


def _observe(source: str, job: dict[str, Any]) -> bytes:
    counter = _Counter()
    module = types.ModuleType("solution")
    sys.modules["solution"] = module
    module.__dict__[TICK] = counter.tick
    counter.left = job["most"]
    reached: set[str] = set()
    function, failure = None, None
    signal.setitimer(signal.ITIMER_PROF, job["seconds"], 0.05)  # again and again, if it is swallowed
    try:
        tree = ast.parse(source)
        if job["watch"] is not None:
            goals.watched(tree, job["watch"] == "operands")
            module.__dict__.update(_watchers(reached))
        tree = instrumented(tree)
        exec(compile(tree, "solution.py", "exec", dont_inherit=True), module.__dict__)
        function = _function(module, job["entry_point"])
    except BaseException as error:
        failure = type(error).__name__
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    if function is None:
        return plain.dumps({"load": failure or "missing"})
    limits = job["ticks"] or [job["most"]] * len(job["cases"])
    replies = [
        _call(function, args, kwargs, counter, limit, job["seconds"], reached)
        for (args, kwargs), limit in zip(job["cases"], limits, strict=True)
    ]
    return b'{"replies":[' + b",".join(replies) + b"]}"


def _function(module: types.ModuleType, entry_point: str) -> Callable[..., Any] | None:
    owner, _, method = entry_point.rpartition(".")
    found = module.__dict__.get(owner or entry_point)
    if not callable(found):
        return None
    if not owner:
        return found  # type: ignore[no-any-return]
    return lambda *args, **kwargs: getattr(found(), method)(*args, **kwargs)


def _call(
    function: Callable[..., Any],
    args: Any,
    kwargs: Any,
    counter: _Counter,
    limit: int,
    seconds: float,
    reached: set[str],
) -> bytes:
    values, named = plain.decode(args), plain.decode(kwargs)
    reached.clear()  # what loading the program reached
    counter.left = limit
    start = time.process_time()
    try:
        signal.setitimer(signal.ITIMER_PROF, seconds, 0.05)
        try:
            reply = exchange.outcome(function, values, named, _encode, _raised)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
    except _Overdue:  # which came just then
        reply = {"overdue": True}
    took = time.process_time() - start
    if counter.left < 0 or took > seconds:  # also when the program swallowed it
        reply = {"overdue": True}
    reply["ticks"] = limit - counter.left
    if reached:
        reply["reached"] = sorted(reached)
    text = plain.dumps(reply)
    return text if len(text) <= _LONGEST else b'{"unplain":"it is too large"}'


def _watchers(reached: set[str]) -> dict[str, Callable[..., Any]]:
    """What a watched program calls."""

    def turned(place: str, value: Any) -> Any:
        reached.add(f"{place}: true" if value else f"{place}: false")
        return value

    return {goals.REACHED: reached.add, goals.TURNED: turned}


class _Counter:
    """The steps that are left."""

    left = 0

    def tick(self) -> bool:
        self.left -= 1
        if self.left < 0:
            raise _Overdue
        return True


def _raised(error: BaseException) -> dict[str, Any]:
    return {"overdue": True} if isinstance(error, _Overdue) else {"raised": type(error).__name__}


def _encode(value: Any) -> plain.Tree:
    return plain.encode(value, True, 0, arrays.encode_number)
