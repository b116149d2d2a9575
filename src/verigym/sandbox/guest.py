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
import os
import struct
import sys
import time
import types
from collections.abc import Callable
from typing import Any

from verigym.sandbox import plain

DATA_FD, RESULT_FD, CHANNEL_FD = 3, 4, 5
ANSWER_CASES = b"from verigym.sandbox import guest\nguest.answer_cases()\n"
ANSWER_CALLS = b"from verigym.sandbox import guest\nguest.answer_calls()\n"
RUN_TESTS = b"from verigym.sandbox import guest\nguest.run_tests()\n"

_LENGTH = struct.Struct(">I")


class CandidateError(Exception):
    """The candidate raised something that has no builtin twin, or returned what is not plain data."""


class CandidateGone(BaseException):
    """The candidate's process ended. Not an Exception, so that a test's handler does not hide it."""


# ------------------------------------------------------------------------ beside the candidate


def answer_cases() -> None:
    """Call the function on each case's arguments; one line of JSON for each result."""
    job = plain.loads(_read_all(DATA_FD))
    function = _load(job["sources"], job["entry_point"])
    for args, kwargs in job["cases"]:
        start = time.perf_counter()
        reply = _call(function, plain.decode(args), dict(plain.decode(kwargs)))
        _write(RESULT_FD, plain.dumps({**reply, "seconds": time.perf_counter() - start}) + b"\n")


def answer_calls() -> None:
    """Serve calls until the other side hangs up."""
    job = plain.loads(_read_all(DATA_FD))
    function = _load(job["sources"], job["entry_point"])
    while (message := _receive()) is not None:
        call = plain.loads(message)
        args, kwargs = plain.decode(call["args"]), plain.decode(call["kwargs"])
        reply = _call(function, args, kwargs)
        changed = [_changed(tree, value) for tree, value in zip(call["args"], args, strict=True)]
        if any(tree is not None for tree in changed):
            reply["changed"] = changed
        _send(_dump_reply(reply))
    os._exit(0)


def _load(sources: list[str], entry_point: str) -> Callable[..., Any]:
    """The solution's function; on failure says so in the result file and ends the process."""
    module = types.ModuleType("solution")
    sys.modules["solution"] = module
    try:
        for number, source in enumerate(sources, 1 - len(sources)):
            name = "prefix.py" if number else "solution.py"  # lines are told of the last one only
            exec(compile(source, name, "exec", dont_inherit=True), module.__dict__)
        function = getattr(module, entry_point)
        if not callable(function):
            raise TypeError(f"{entry_point} is a {type(function).__name__}, not a function")
    except BaseException as error:
        failure = {**_raised(error), "line": _line_of(error)}
        if isinstance(error, AttributeError) and entry_point not in module.__dict__:
            failure = {
                "raised": "NameError",
                "args": [f"no function is called {entry_point}"],
                "line": None,
            }
        _write(RESULT_FD, plain.dumps({"load": failure}) + b"\n")
        os._exit(1)
    _write(RESULT_FD, b'{"load":null}\n')
    return function  # type: ignore[no-any-return]


def _call(function: Callable[..., Any], args: list[Any], kwargs: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"value": plain.encode(function(*args, **kwargs), coerce=True)}
    except plain.NotPlain as error:
        return {"unplain": str(error)}
    except BaseException as error:
        return _raised(error)


def _raised(error: BaseException) -> dict[str, Any]:
    try:
        args = plain.encode(list(error.args), coerce=True)
    except BaseException:
        try:
            args = [str(error)]
        except BaseException:  # a hostile __str__
            args = []
    return {"raised": type(error).__name__, "args": args}


def _dump_reply(reply: dict[str, Any]) -> bytes:
    text = plain.dumps(reply)
    if len(text) <= plain.MAX_BYTES:
        return text
    return plain.dumps(
        {"unplain": f"a result of {len(text)} bytes, at most {plain.MAX_BYTES} are read"}
    )


def _changed(tree: plain.Tree, value: Any) -> plain.Tree | None:
    """The argument's new tree when the call changed it in place, boxed in a list; else None."""
    if not isinstance(tree, list | dict):
        return None
    try:
        after = plain.encode(value, coerce=True)
    except plain.NotPlain:
        return None
    return None if after == tree else [after]


def _line_of(error: BaseException) -> int | None:
    if isinstance(error, SyntaxError):
        return error.lineno
    trace = error.__traceback__
    lines = []
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "solution.py":
            lines.append(trace.tb_lineno)
        trace = trace.tb_next
    return lines[-1] if lines else None


# ---------------------------------------------------------------------------- beside the tests


class Proxy:
    """Looks like the candidate's function to test code; each call happens in the other process."""

    def __init__(self, name: str) -> None:
        self.__name__ = self.__qualname__ = name
        self.calls = 0
        self.gone = False

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.calls += 1
        request = {
            "args": [plain.encode(value, coerce=True) for value in args],
            "kwargs": plain.encode(kwargs),
        }
        try:
            _send(plain.dumps(request))
            message = _receive()
        except OSError:
            message = None
        if message is None:
            self.gone = True
            raise CandidateGone
        reply = plain.loads(message)
        for value, box in zip(args, reply.get("changed", ()), strict=False):
            if box is not None:
                refill(value, plain.decode(box[0]))
        if "raised" in reply:
            raise _exception(reply)
        if "unplain" in reply:
            raise CandidateError(reply["unplain"])
        return plain.decode(reply["value"])


def _exception(reply: dict[str, Any]) -> Exception:
    """The builtin exception of that name, else :class:`CandidateError`.

    Only ordinary exceptions, and none that steers iteration: a ``StopIteration`` that came out of a
    call inside ``all(map(...))`` would end the loop early and pass the test.
    """
    name, args = reply["raised"], plain.decode(reply["args"])
    kind = getattr(builtins, name, None)
    if isinstance(kind, type) and issubclass(kind, Exception) and not issubclass(kind, _STEERING):
        try:
            return kind(*args)
        except Exception:
            return CandidateError(f"{name}: {args}")
    return CandidateError(f"{name}: {args}")


_STEERING = (StopIteration, StopAsyncIteration)


def refill(old: Any, new: Any) -> None:
    """Give a mutable value its new content, keeping the identity of what can be kept."""
    if type(old) is not type(new):
        return
    if isinstance(old, list):
        if len(old) == len(new):
            new = [_kept(before, after) for before, after in zip(old, new, strict=True)]
        old[:] = new
    elif isinstance(old, dict):
        new = {key: _kept(old[key], value) if key in old else value for key, value in new.items()}
        old.clear()
        old.update(new)
    elif isinstance(old, set):
        old.clear()
        old.update(new)
    elif isinstance(old, bytearray):
        old[:] = new
    elif isinstance(old, tuple) and len(old) == len(new):
        for before, after in zip(old, new, strict=True):
            refill(before, after)


def _kept(before: Any, after: Any) -> Any:
    if type(before) is type(after) and isinstance(before, list | dict | set | bytearray):
        refill(before, after)
        return before
    return after


def run_tests() -> None:
    """Run the tests against the proxy and write what happened to the result file."""
    job = plain.loads(_read_all(DATA_FD))
    proxy = Proxy(job["entry_point"])
    names: dict[str, Any] = {"__name__": "tests", "candidate": proxy}
    failure = None
    try:
        if job["preamble"]:
            exec(compile(job["preamble"], "preamble.py", "exec", dont_inherit=True), names)
        names[job["entry_point"]] = proxy
        exec(compile(job["tests"], "tests.py", "exec", dont_inherit=True), names)
        if callable(check := names.get("check")) and check is not proxy:
            check(proxy)
    except BaseException as error:
        failure = {**_raised(error), "line": _test_line(error)}
    # gone is asked of the proxy, not of the exception: a test may have swallowed that.
    result = {"failure": failure, "calls": proxy.calls, "gone": proxy.gone}
    _write(RESULT_FD, plain.dumps(result))
    os._exit(0)


def _test_line(error: BaseException) -> int | None:
    trace, line = error.__traceback__, None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "tests.py":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


# ------------------------------------------------------------------------------------- bytes


def _read_all(fd: int) -> bytes:
    size = os.fstat(fd).st_size
    return os.pread(fd, size, 0)


def _write(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def _send(data: bytes) -> None:
    _write(CHANNEL_FD, _LENGTH.pack(len(data)) + data)


def _receive() -> bytes | None:
    """The next message; None when the other side hung up or breaks the bounds."""
    header = _read_exactly(_LENGTH.size)
    if header is None:
        return None
    (length,) = _LENGTH.unpack(header)
    return _read_exactly(length) if length <= plain.MAX_BYTES else None


def _read_exactly(count: int) -> bytes | None:
    parts = []
    while count:
        part = os.read(CHANNEL_FD, min(count, 1 << 20))
        if not part:
            return None
        parts.append(part)
        count -= len(part)
    return b"".join(parts)
