"""What runs inside the sandbox beside a candidate's function.

* :func:`answer_cases` loads a solution and calls its function on arguments that are data;
* :func:`answer_calls` loads a solution and serves what test code asks of it on the channel
  (:mod:`verigym.sandbox.inside.driver`, in a process of its own).

Both share a process with the candidate, so nothing they say is believed: they are given no expected
value, and what they send back is only data.
"""

from __future__ import annotations

import os
import sys
import time
import types
from collections.abc import Callable
from typing import Any

from verigym.sandbox.inside import arrays, exchange, plain, wire
from verigym.sandbox.inside.objects import Objects
from verigym.sandbox.inside.wire import RESULT_FD

ANSWER_CASES = b"from verigym.sandbox.inside import guest\nguest.answer_cases()\n"
ANSWER_CALLS = b"from verigym.sandbox.inside import guest\nguest.answer_calls()\n"
RUN_TESTS = b"from verigym.sandbox.inside import driver\ndriver.run_tests()\n"


def answer_cases() -> None:
    """Call the function on each case's arguments; one line of JSON for each result."""
    job = wire.job()
    function = load(job["sources"], job["entry_point"])
    for args, kwargs in job["cases"]:
        start = time.perf_counter()
        reply = exchange.outcome(
            function, plain.decode(args), plain.decode(kwargs), _plain_result, _described
        )
        reply.pop("args", None)  # of an exception: no case asks for more than its type
        seconds = time.perf_counter() - start
        wire.write(RESULT_FD, plain.dumps({**reply, "seconds": seconds}) + b"\n")
    os._exit(0)


def answer_calls() -> None:
    """Serve calls until the other side hangs up."""
    job = wire.job()
    function = load(job["sources"], job["entry_point"])
    Objects(sys.modules["solution"], function).serve()
    os._exit(0)


def load(sources: list[str], entry_point: str) -> Callable[..., Any]:
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
            wire.write(RESULT_FD, b'{"load":"missing"}\n')
            os._exit(1)
    except BaseException as error:
        said = {**_described(error), "args": []}
        wire.write(RESULT_FD, plain.dumps({"load": said, "compiled": compiled}) + b"\n")
        os._exit(1)
    wire.write(RESULT_FD, b'{"load":null}\n')
    if owner:
        return lambda *args, **kwargs: getattr(function(), method)(*args, **kwargs)
    return function  # type: ignore[no-any-return]


def _described(error: BaseException) -> exchange.Reply:
    return exchange.raised(error, _plain_result)


def _plain_result(value: Any) -> plain.Tree:
    return plain.encode(value, True, 0, arrays.encode_number)
