"""What runs inside the sandbox, beside a candidate's function or beside the tests that call it.

Three small programs, each started by one line of source:

* :func:`answer_cases` loads a solution and calls its function on arguments that are data;
* :func:`answer_calls` loads a solution and serves calls that arrive on the channel;
* :func:`run_tests` runs test *code*, whose ``candidate`` is a proxy that calls over the channel.

The first two share a process with the candidate, so nothing they say is believed: they are given no
expected value and what they send back is only data. The third shares its process with nobody but the
tests; only plain data reaches it, and its result file is its own.
"""

from __future__ import annotations

import builtins
import contextlib
import json
import os
import struct
import sys
import time
import types
from collections.abc import Callable, Sequence
from typing import Any

from verigym.sandbox.inside import plain

DATA_FD, RESULT_FD, CHANNEL_FD = 3, 4, 5
ANSWER_CASES = b"from verigym.sandbox.inside import guest\nguest.answer_cases()\n"
ANSWER_CALLS = b"from verigym.sandbox.inside import guest\nguest.answer_calls()\n"
RUN_TESTS = b"from verigym.sandbox.inside import guest\nguest.run_tests()\n"

_LENGTH = struct.Struct(">I")


class CandidateError(Exception):
    """The candidate raised something that has no builtin twin, or returned what is not plain data."""


class CandidateGone(BaseException):
    """The candidate's process ended; not an Exception, so that a test's handler does not hide it."""


# ------------------------------------------------------------------------ beside the candidate


def answer_cases() -> None:
    """Call the function on each case's arguments; one line of JSON for each result."""
    job = _job()
    function = _load(job["sources"], job["entry_point"])
    for args, kwargs in job["cases"]:
        start = time.perf_counter()
        reply = _call(function, plain.decode(args), plain.decode(kwargs))
        reply.pop("args", None)  # of an exception: no case asks for more than its type
        _write(RESULT_FD, plain.dumps({**reply, "seconds": time.perf_counter() - start}) + b"\n")
    os._exit(0)


def answer_calls() -> None:
    """Serve calls until the other side hangs up."""
    job = _job()
    function = _load(job["sources"], job["entry_point"])
    while (message := _receive()) is not None:
        call = json.loads(message)
        trees, names = call["args"], call["names"]
        values = plain.decode(trees)
        given = plain.mutables(values)
        count = len(values) - len(names)
        reply = _call(function, values[:count], dict(zip(names, values[count:], strict=True)))
        if given:
            reply = _with_changes(reply, trees, values, given)
        _send(_fitting(plain.dumps(reply)))
    os._exit(0)


def _load(sources: list[str], entry_point: str) -> Callable[..., Any]:
    """The solution's function; on failure says so in the result file and ends the process.

    ``Class.method`` is called on a new ``Class()`` each time, so no call sees what another one left.
    """
    module = types.ModuleType("solution")
    sys.modules["solution"] = module
    compiled = False
    try:
        *before, answer = sources
        codes = [compile(source, "prefix.py", "exec", dont_inherit=True) for source in before]
        codes.append(compile(answer, "solution.py", "exec", dont_inherit=True))
        compiled = True
        for code in codes:
            exec(code, module.__dict__)
        owner, _, method = entry_point.rpartition(".")
        function = module.__dict__.get(owner or entry_point)
        if not callable(function) or (owner and not callable(getattr(function, method, None))):
            _write(RESULT_FD, b'{"load":"missing"}\n')
            os._exit(1)
    except BaseException as error:
        failure = {"load": {**_raised(error), "args": []}, "compiled": compiled}
        _write(RESULT_FD, plain.dumps(failure) + b"\n")
        os._exit(1)
    _write(RESULT_FD, b'{"load":null}\n')
    if owner:
        return lambda *args, **kwargs: getattr(function(), method)(*args, **kwargs)
    return function  # type: ignore[no-any-return]


def _call(function: Callable[..., Any], args: list[Any], kwargs: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"value": plain.encode(function(*args, **kwargs), coerce=True)}
    except plain.NotPlain as error:
        return {"unplain": str(error)}
    except BaseException as error:
        return _raised(error)


def _raised(error: BaseException) -> dict[str, Any]:
    """An exception as data: its type, the builtin one that it is a kind of, its arguments."""
    kind = type(error)
    builtin = next(base for base in kind.__mro__ if base.__module__ == "builtins")
    try:
        args = plain.encode(list(error.args), coerce=True)
    except BaseException:
        args = [_text(error)]
    return {
        "raised": kind.__name__,
        "builtin": builtin.__name__,
        "args": args,
        "line": _line_of(error, "solution.py"),
    }


def _text(error: BaseException) -> str:
    with contextlib.suppress(BaseException):  # a hostile __str__
        return str(error)[:1000]
    return ""


def _line_of(error: BaseException, file: str) -> int | None:
    """The innermost line of a file that the exception came through."""
    if isinstance(error, SyntaxError) and error.filename == file:
        return error.lineno
    trace, line = error.__traceback__, None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == file:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _fitting(reply: bytes) -> bytes:
    if len(reply) <= plain.MAX_BYTES:
        return reply
    return plain.dumps({"unplain": f"{len(reply)} bytes, at most {plain.MAX_BYTES} are read"})


def _with_changes(
    reply: dict[str, Any], before: plain.Tree, values: list[Any], given: list[Any]
) -> dict[str, Any]:
    """The reply and, when the call changed its arguments, these: as they are now, and for each mutable
    value in them which of the given ones it is, so that the caller's own objects can be refilled.
    """
    try:
        after = plain.encode(values, coerce=True)
    except plain.NotPlain as error:
        return {"unplain": f"it left in an argument what is not plain data: {error}"}
    if plain.dumps(after) == plain.dumps(before):
        return reply
    number = {id(value): place for place, value in enumerate(given)}
    origins = [number.get(id(value), -1) for value in plain.mutables(values)]
    return {**reply, "changed": after, "origins": origins}


# ---------------------------------------------------------------------------- beside the tests


class Proxy:
    """Looks like the candidate's function to test code; each call happens in the other process."""

    def __init__(self, name: str) -> None:
        self.__name__ = self.__qualname__ = name
        self.calls = 0
        self.gone = False
        self.raised: Exception | None = None  # the last that came of a call,
        self.said: dict[str, Any] = {}  # and what the candidate's side says of that
        self.unfit: str | None = None  # why an argument could not be sent: a fault of the tests

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        values = (*args, *kwargs.values())
        try:
            trees = [plain.encode(value, coerce=True) for value in values]
        except plain.TooDeep:
            raise  # a value that the candidate gave back may have grown to this
        except plain.NotPlain as error:
            self.unfit = str(error)
            raise
        self.calls += 1
        reply = self._ask({"args": trees, "names": list(kwargs)}, values)
        if isinstance(reply, Exception):
            raise reply
        return reply[0]

    def _ask(self, request: dict[str, Any], values: Sequence[Any]) -> tuple[Any] | Exception:
        """What the call came to. A message of any other form means that our own side of the
        candidate's process is gone, and nothing is asked of it any more.
        """
        try:
            if self.gone:
                raise OSError("gone")
            _send(plain.dumps(request))
            reply = plain.loads(_receive(plain.MAX_BYTES) or b"")
            if "changed" in reply:
                plain.refill(plain.mutables(values), plain.decode(reply["changed"]), reply["origins"])
            if "value" in reply:
                return (plain.decode(reply["value"]),)
            if "unplain" in reply:
                self.raised = CandidateError(str(reply["unplain"]))
                self.said = {"unplain": True}
            else:
                name, line = str(reply["raised"])[:80], reply["line"]
                self.raised = _exception(name, reply["builtin"], plain.decode(reply["args"]))
                self.said = {"raised": name, "line": line if type(line) is int else None}
            return self.raised
        except (OSError, TypeError, ValueError, LookupError, AttributeError):
            self.gone = True
            raise CandidateGone from None


def _exception(name: str, builtin: str, args: list[Any]) -> Exception:
    """The builtin exception that was raised, else :class:`CandidateError`.

    Only ordinary exceptions, and none that steers iteration: a ``StopIteration`` that came out of a
    call inside ``all(map(...))`` would end the loop early and pass the test.
    """
    kind = getattr(builtins, builtin)
    steers = isinstance(kind, type) and issubclass(kind, StopIteration | StopAsyncIteration)
    if isinstance(kind, type) and issubclass(kind, Exception) and not steers:
        with contextlib.suppress(Exception):  # not with these arguments
            return kind(*args)
    return CandidateError(f"{name}: {args}")


def run_tests() -> None:
    """Run the tests against the proxy and write what happened to the result file."""
    job = _job()
    proxy = Proxy(job["entry_point"])
    module = sys.modules["tests"] = types.ModuleType("tests")
    names = module.__dict__
    names["candidate"] = proxy
    if "random" in job["tests"] + job["preamble"]:
        import random

        random.seed(job["tests"])  # the same tests for everybody, and nobody can foresee them
    failure = None
    try:
        exec(compile(job["preamble"], "preamble.py", "exec", dont_inherit=True), names)
        names[job["entry_point"]] = proxy
        exec(compile(job["tests"], "tests.py", "exec", dont_inherit=True), names)
        if callable(check := names.get("check")) and check is not proxy:
            check(proxy)
    except BaseException as error:
        failure = {
            "raised": type(error).__name__,
            "text": _text(error),
            "line": _line_of(error, "tests.py"),
            "candidate": proxy.said if error is proxy.raised else None,
        }
    # The rest is asked of the proxy, not of the exception, which a test may have swallowed.
    result = {"failure": failure, "calls": proxy.calls, "gone": proxy.gone, "unfit": proxy.unfit}
    _write(RESULT_FD, json.dumps(result).encode())
    os._exit(0)


# ------------------------------------------------------------------------------------- bytes


def _job() -> Any:
    return json.loads(os.pread(DATA_FD, os.fstat(DATA_FD).st_size, 0))


def _write(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def _send(data: bytes) -> None:
    _write(CHANNEL_FD, _LENGTH.pack(len(data)) + data)


def _receive(most: int | None = None) -> bytes | None:
    """The next message; None when the other side hung up or sends more than ``most`` bytes."""
    header = _read_exactly(_LENGTH.size)
    if header is None:
        return None
    (length,) = _LENGTH.unpack(header)
    return None if most is not None and length > most else _read_exactly(length)


def _read_exactly(count: int) -> bytes | None:
    data = bytearray()
    while len(data) < count:
        part = os.read(CHANNEL_FD, min(count - len(data), 1 << 20))
        if not part:
            return None
        data += part
    return bytes(data)
