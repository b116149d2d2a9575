"""What runs beside a program that a policy's test code is tried on.

Here the tests are hostile and the program is the task's own, the other way round than beside a
candidate. So nothing of the program is served but calls with plain data: no attribute, no object, no
other name. Each call and what came of it is written to the result file, which the tests cannot reach.
A call that takes too long, or one too many, ends the program.
"""

from __future__ import annotations

import ast
import os
import signal
import sys
import types
from collections.abc import Callable
from typing import Any

from verigym.sandbox.inside import arrays, exchange, plain, wire
from verigym.sandbox.inside.subjects import Clock, function_of
from verigym.sandbox.inside.ticks import instrumented
from verigym.sandbox.inside.wire import RESULT_FD

ANSWER_TESTS = b"from verigym.sandbox.inside import tested\ntested.answer_tests()\n"

_ALARM_SECONDS = 0.05


def answer_tests() -> None:
    """Load a program and serve calls of its function until the tests hang up."""
    job = wire.job()
    clock = Clock()
    signal.signal(signal.SIGPROF, clock.alarm)
    signal.setitimer(signal.ITIMER_PROF, _ALARM_SECONDS, _ALARM_SECONDS)
    module = types.ModuleType("solution")
    sys.modules["solution"] = module
    clock.start(module.__dict__, job["most"], job["seconds"])
    code = compile(instrumented(ast.parse(job["source"])), "solution.py", "exec", dont_inherit=True)
    exec(code, module.__dict__)
    clock.stop()
    function = function_of(module, job["entry_point"])
    if function is None:
        os._exit(1)
    left, name = job["calls"], job["entry_point"].rpartition(".")[2]
    while (message := wire.receive(plain.MAX_BYTES)) is not None:
        request = plain.loads(message)
        trees, names = request["args"], request["names"]
        if request["do"] == "name" and trees == [name]:  # from solution import it
            reply = {"value": {"function": [0, name]}}
        elif request["do"] != 0 or type(request["do"]) is not int:
            reply = exchange.raised(AttributeError("only calls are answered"), _encode)
        elif left == 0:
            _note({"many": True})
            os._exit(0)
        else:
            left -= 1
            _note({"args": trees, "names": names})
            reply = _call(function, trees, names, clock, module.__dict__, job)
            _note({name: reply[name] for name in ("value", "raised", "unplain") if name in reply})
        wire.send(exchange.fitting(plain.dumps(reply)))
    os._exit(0)


def _call(
    function: Callable[..., Any],
    trees: Any,
    names: Any,
    clock: Clock,
    scope: dict[str, Any],
    job: dict[str, Any],
) -> exchange.Reply:
    clock.start(scope, job["most"], job["seconds"])
    try:
        reply = exchange.perform(
            function, trees, names, plain.decode, _encode, lambda error: exchange.raised(error, _encode)
        )
    except BaseException as error:  # arguments that are no data; or the clock, just now
        reply = exchange.raised(error, _encode)
    clock.stop()
    if clock.late:
        _note({"overdue": True})
        os._exit(0)
    return reply


def _note(what: dict[str, Any]) -> None:
    wire.write(RESULT_FD, plain.dumps(what) + b"\n")


def _encode(value: Any) -> plain.Tree:
    return plain.encode(value, True, 0, arrays.encode_number)
