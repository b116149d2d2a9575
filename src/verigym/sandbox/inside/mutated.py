"""Whether a spec's tests tell programs of its own author from its reference: many in one process.

For the mutants of a reference, which trust the tests as much as the reference does; an answer of a
policy never runs beside its tests (:mod:`verigym.sandbox.inside.properties`). A line of JSON for each
program; when one ends the process its line is missing, and the caller goes on behind it.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import types
from typing import Any

from verigym.sandbox.inside import properties, standin, wire

TRY_MUTANTS = b"from verigym.sandbox.inside import mutated\nmutated.try_mutants()\n"
OVERDUE = "overdue"
"""In the place of a test's name: a program takes too long."""


class _Overdue(BaseException):
    """A program takes more processor time than it may."""


def try_mutants() -> None:
    """Run the tests on each program until an example fails; tell the test's name, or null."""
    job = wire.job()
    standin.install()
    sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: SIM115 - for as long as the process lives
    signal.signal(signal.SIGPROF, _late)
    tests = compile(job["tests"], properties.FILE, "exec", dont_inherit=True)
    for source in job["sources"]:
        start = time.process_time()
        told = {"killed": _killed(source, tests, job), "seconds": time.process_time() - start}
        wire.write(wire.RESULT_FD, json.dumps(told).encode() + b"\n")
    os._exit(0)


def _late(_signal: int, _frame: object) -> None:
    raise _Overdue


def _killed(source: str, tests: types.CodeType, job: dict[str, Any]) -> str | None:
    running = ""
    try:
        signal.setitimer(signal.ITIMER_PROF, job["seconds"], 0.05)  # again, if it is swallowed
        try:
            for name, run in _runs(source, tests, job):
                running = name
                run()
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
    except _Overdue:
        return OVERDUE
    except BaseException:
        return running
    return None


def _runs(source: str, tests: types.CodeType, job: dict[str, Any]) -> Any:
    """(name of its test, what runs it) of each example."""
    solution = sys.modules["solution"] = types.ModuleType("solution")
    exec(compile(source, "solution.py", "exec", dont_inherit=True), solution.__dict__)
    module = sys.modules["tests"] = types.ModuleType("tests")
    exec(tests, module.__dict__)
    found = {name: properties.runs(owner, test) for name, owner, test in properties.tests_of(module)}
    for told in job["corpus"]:
        test = found[told["name"]]
        for example in told["examples"]:
            args, kwargs = properties.arguments(example)
            yield told["name"], lambda test=test, args=args, kwargs=kwargs: test(*args, **kwargs)
