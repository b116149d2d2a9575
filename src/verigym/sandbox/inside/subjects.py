"""Many programs of one author in one process: each is loaded, and called on the same cases.

For the mutants of a reference, which trust each other as much as they trust themselves; the answers of
a policy get a process each. A line of JSON for each program; when one ends the process, its line is
missing, and the caller goes on behind it. Steps are counted (:mod:`verigym.sandbox.inside.ticks`), and
so is processor time, for what takes long in one step.

Two things make many mutants cheap. One that is told as a change of a common program
(:mod:`verigym.sandbox.inside.changes`) is not read as a whole. And a job may name the reference
(``lead``): that goes first, what it gives back and the steps that it takes are the measure of the
others, and a reply that is exactly its own is only said to be the same. That is for mutants alone: a
policy's program never shares a process with what is expected of it.
"""

from __future__ import annotations

import ast
import contextlib
import itertools
import marshal
import operator
import os
import signal
import sys
import time
import types
from collections.abc import Callable
from typing import Any

from verigym.sandbox.inside import arrays, exchange, goals, plain, wire
from verigym.sandbox.inside.changes import Family, Misfit
from verigym.sandbox.inside.ticks import TICK, allowed, instrumented
from verigym.sandbox.inside.wire import RESULT_FD

ANSWER_SUBJECTS = b"from verigym.sandbox.inside import subjects\nsubjects.answer_subjects()\n"

_LONGEST = 1 << 16
"""Bytes of the longest reply that is sent."""
_TICK_SECONDS = 0.05
"""How often it is looked whether a call takes too long."""
_EXACT = frozenset({type(None), bool, int, float, complex, str})
_FORM = 2
"""The version of marshal's format in which equal values are equal bytes."""


class _Overdue(BaseException):
    """The call takes more steps, or more processor time, than it may."""


class _Silence:
    """Where the programs print."""

    def write(self, text: str) -> int:
        return len(text)

    def flush(self) -> None:
        pass


class Clock:
    """The steps and the processor time that a call may take.

    Steps are taken from an iterator, since that counts them without a call of Python's own. When they
    are used up each further one raises ``StopIteration``: what that does to the program does not
    matter, for it is over time by then.
    """

    def __init__(self) -> None:
        self._steps = itertools.repeat(True, 0)
        self._most = 0
        self._began = self._seconds = 0.0
        self._running = False

    def start(self, names: dict[str, Any], ticks: int, seconds: float) -> None:
        """From now on a program with these global names may take so many steps and seconds."""
        self._steps = itertools.repeat(True, ticks + 1)  # with one that tells of too many
        names[TICK] = self._steps.__next__
        self._most, self._seconds = ticks, seconds
        self._began = time.process_time()
        self._running = True

    def stop(self) -> None:
        """The program is no more stopped for taking long."""
        self._running = False

    @property
    def ticks(self) -> int:
        """The steps that were taken."""
        return self._most + 1 - operator.length_hint(self._steps)

    @property
    def late(self) -> bool:
        """Whether it was too many steps or seconds, also when the program swallowed it."""
        return self.ticks > self._most or time.process_time() - self._began > self._seconds

    def alarm(self, _signal: int, _frame: object) -> None:
        """Again and again, if it is swallowed."""
        if self._running and time.process_time() - self._began > self._seconds:
            raise _Overdue


def answer_subjects() -> None:
    """Load each source and call its function; one line of JSON for each."""
    subjects = Subjects(wire.job())
    sys.stdout = sys.stderr = _Silence()
    signal.signal(signal.SIGPROF, subjects.clock.alarm)
    if not subjects.lead():
        os._exit(0)
    for number in range(len(subjects.sources)):
        wire.write(RESULT_FD, subjects.observe(number) + b"\n")
    os._exit(0)


class Subjects:
    """A job: programs, and the cases that each of them is called on."""

    def __init__(self, job: dict[str, Any]) -> None:
        self.sources: list[Any] = job["sources"]
        self.clock = Clock()
        self._job = job
        self._cases = [_Case(*case) for case in job["cases"]]
        self._limits = job["ticks"] or [job["most"]] * len(self._cases)
        self._stop = False
        self._reached: set[str] = set()
        changes = {i: source for i, source in enumerate(self.sources) if not isinstance(source, str)}
        self._numbers = {number: place for place, number in enumerate(changes)}
        self._family: Family | None = None
        if changes:
            with contextlib.suppress(Misfit):
                self._family = Family(job["base"], list(changes.values()))

    def lead(self) -> bool:
        """Let the reference go first, if there is one; whether the others are worth a try."""
        if self._job["lead"] is None:
            return True
        line = self.observe(None)
        wire.write(RESULT_FD, line + b"\n")
        replies = plain.loads(line).get("replies", [{}])
        if not all("value" in reply for reply in replies):
            return False
        for case, reply in zip(self._cases, replies, strict=True):
            case.expect(reply["value"])
        self._limits = [allowed(reply["ticks"]) for reply in replies]
        self._stop = self._job["stop"]
        return True

    def observe(self, number: int | None) -> bytes:
        """What one program does on each case; None is the lead."""
        module = types.ModuleType("solution")
        sys.modules["solution"] = module
        function, failure = None, None
        signal.setitimer(
            signal.ITIMER_PROF, _TICK_SECONDS, _TICK_SECONDS
        )  # the one before may have not
        try:
            self.clock.start(module.__dict__, self._job["most"], self._job["seconds"])
            try:
                exec(self._code(number, module), module.__dict__)
                function = function_of(module, self._job["entry_point"])
            finally:
                self.clock.stop()
        except Misfit:
            return b'{"misfit":true}'
        except BaseException as error:
            failure = type(error).__name__
        if function is None or self.clock.late:
            return plain.dumps({"load": failure or "missing"})
        replies = []
        for case, limit in zip(self._cases, self._limits, strict=True):
            replies.append(self._call(function, module.__dict__, case, limit))
            if self._stop and not replies[-1].startswith(_SAME):
                break
        return b'{"replies":[' + b",".join(replies) + b"]}"

    def _code(self, number: int | None, module: types.ModuleType) -> Any:
        place = None if number is None else self._numbers.get(number)
        if place is not None:
            if self._family is None:
                raise Misfit
            return self._family.code(place)
        tree = ast.parse(self._job["lead"] if number is None else self.sources[number])
        if self._job["watch"] is not None:
            goals.watched(tree, self._job["watch"] == "operands")
            module.__dict__.update(_watchers(self._reached))
        return compile(instrumented(tree), "solution.py", "exec", dont_inherit=True)

    def _call(
        self, function: Callable[..., Any], names: dict[str, Any], case: _Case, limit: int
    ) -> bytes:
        clock = self.clock
        values, named = case.arguments()
        self._reached.clear()  # what loading the program, or another call, reached
        try:
            clock.start(names, limit, self._job["seconds"])
            try:
                reply = exchange.outcome(function, values, named, case.encode, _raised)
            finally:
                clock.stop()
        except _Overdue:  # which came just then
            reply = {"overdue": True}
        if clock.late:
            reply = {"overdue": True}
        elif reply.get("value") is _UNCHANGED:
            return b"%b%d}" % (_SAME, clock.ticks)
        reply["ticks"] = clock.ticks
        if self._reached:
            reply["reached"] = sorted(self._reached)
        text = plain.dumps(reply)
        return text if len(text) <= _LONGEST else b'{"unplain":"it is too large"}'


_UNCHANGED = object()
"""Stands for a value that is what the reference gives back."""
_SAME = b'{"same":true,"ticks":'


class _Case:
    """The arguments of a call, as trees, and perhaps what the reference gives back."""

    def __init__(self, args: Any, kwargs: Any) -> None:
        self._trees = args, kwargs
        given = [plain.decode(args), plain.decode(kwargs)]
        self._given = marshal.dumps(given) if all(map(_is_exact, given)) else None
        self._expected: bytes | None = None

    def expect(self, tree: Any) -> None:
        """From now on this is what the reference gives back."""
        value = plain.decode(tree)
        self._expected = marshal.dumps(value, _FORM) if _is_exact(value) else None

    def arguments(self) -> Any:
        """Fresh ones: (values, by name)."""
        if self._given is not None:
            return marshal.loads(self._given)  # a copy, and by far the fastest
        return map(plain.decode, self._trees)

    def encode(self, value: Any) -> Any:
        """The tree of a value; or that it is the expected one, to the last type in it."""
        if self._expected is not None:
            try:
                if marshal.dumps(value, _FORM) == self._expected:
                    return _UNCHANGED
            except Exception:  # no such data, or too deep
                return _encode(value)
        return _encode(value)


def _is_exact(value: Any) -> bool:
    """Whether a value is what it is in marshal's format: bytes, for one, are what bytearrays are."""
    if type(value) in _EXACT:
        return True
    if type(value) is dict:
        return all(_is_exact(key) and _is_exact(member) for key, member in value.items())
    return type(value) in (list, tuple, set, frozenset) and all(map(_is_exact, value))


def function_of(module: types.ModuleType, entry_point: str) -> Callable[..., Any] | None:
    """What an entry point names: a function, or ``Class.method`` of a new object for each call."""
    owner, _, method = entry_point.rpartition(".")
    found = module.__dict__.get(owner or entry_point)
    if not callable(found):
        return None
    if not owner:
        return found  # type: ignore[no-any-return]
    return lambda *args, **kwargs: getattr(found(), method)(*args, **kwargs)


def _watchers(reached: set[str]) -> dict[str, Callable[..., Any]]:
    """What a watched program calls."""

    def turned(place: str, value: Any) -> Any:
        reached.add(f"{place}: true" if value else f"{place}: false")
        return value

    return {goals.REACHED: reached.add, goals.TURNED: turned}


def _raised(error: BaseException) -> dict[str, Any]:
    return {"overdue": True} if isinstance(error, _Overdue) else {"raised": type(error).__name__}


def _encode(value: Any) -> plain.Tree:
    return plain.encode(value, True, 0, arrays.encode_number)
