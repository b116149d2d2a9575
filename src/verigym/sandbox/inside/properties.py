"""What runs inside the sandbox with a property-based spec, apart from the candidate that it judges.

A spec is a Python module with ``@given`` tests, which import what they test ``from solution``; what
they get is a proxy. Here they run on recorded examples, under a stand-in for Hypothesis
(:mod:`verigym.sandbox.inside.standin`), many examples at a time where they can
(:mod:`verigym.sandbox.inside.waves`). The job::

    {"entry_point": name, "tests": source, "objects": [name],
     "plain": bool,      results must be plain data
     "corpus": [{"name": test, "examples": [example], "serial": bool, "first": [call]}],
     "every": bool,      go on after an example has failed
     "tell": bool,       tell the first call of each example
     "literals": source or null,    try its literals, too, when all examples have passed
     "places": {test: ...}}         what :func:`harvest.learnt` says of the examples

``first``, which may be missing, has the first call of each example, as ``[function, request]`` (the
request without the function's number) or null: it depends on no result, so the test need not be run to
find it out.

An example is what one call of a test is given, as trees: ``{"args": [...], "kwargs": {name: tree}}``
and perhaps ``"draws": {name: [...]}``, for each argument that came of ``st.data()`` what was drawn.

:func:`repeat_calls` asks a new process of the candidate the calls of another run again.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

from verigym.sandbox.inside import exchange, harvest, plain, standin, waves, wire
from verigym.sandbox.inside.driver import solution_module
from verigym.sandbox.inside.waves import Call, WavePeer

RUN_PROPERTIES = b"from verigym.sandbox.inside import properties\nproperties.run_properties()\n"
REPEAT_CALLS = b"from verigym.sandbox.inside import properties\nproperties.repeat_calls()\n"
FILE = "tests.py"
MOST_REPEATED = 2 << 20
"""Bytes of the calls that are told, so that they can be asked again."""

Test = Callable[..., Any]


def run_properties() -> None:
    """Run the tests on their examples and write what happened to the result file."""
    job = wire.job()
    gc.disable()  # a short life, and little in it that goes in circles
    peer = WavePeer(job["entry_point"], job["objects"], job["plain"])
    standin.install()
    report: dict[str, Any] = {"tests": [], "broken": None, "repeat": []}
    room = MOST_REPEATED
    try:
        found = dict(load_tests(peer, job))
        for told in job["corpus"]:
            failures, logs, astray = _run_test(peer, found[told["name"]], told, job["every"])
            report["tests"].append(_of_test(told["name"], failures, astray))
            if job["tell"]:
                report["tests"][-1]["first"] = waves.told(logs)
            if (failures and not job["every"]) or peer.gone:
                break
            for wave in waves.repeatable(logs):
                room -= sum(len(request) for _, request, _ in wave)
                if room > 0:
                    report["repeat"].append(wave)
        else:
            if job["literals"] is not None:
                _try_literals(peer, found, job, report)
    except BaseException as error:
        report["broken"] = described(error, peer)
    finish(peer, report)


def _run_test(
    peer: WavePeer, test: Test, told: dict[str, Any], every: bool
) -> tuple[dict[int, dict[str, Any]], list[list[Call]], int]:
    examples = told["examples"]

    def run(number: int) -> dict[str, Any] | None:
        return attempt(peer, test, *arguments(examples[number]))

    numbers = {name: number for number, name in peer.names.items()}
    first = [_call(numbers, call) for call in told.get("first", ())]
    try:
        return waves.in_waves(peer, len(examples), run, told["serial"], every, first)
    except exchange.CandidateGone:
        return {}, [], 0


def _call(numbers: dict[str, int], told: Any) -> Call | None:
    """A call that was told before, in the numbers of this run."""
    if told is None or told[0] not in numbers:
        return None
    function, rest = told
    return Call(function, b'{"do":%d,%b' % (numbers[function], rest.encode()))


def _of_test(name: str, failures: dict[int, dict[str, Any]], astray: int) -> dict[str, Any]:
    first = min(failures, default=None)
    return {
        "name": name,
        "failure": None if first is None else {"example": first, **failures[first]},
        "failed": sorted(failures),
        "astray": astray,
    }


def _try_literals(
    peer: WavePeer, found: dict[str, Test], job: dict[str, Any], report: dict[str, Any]
) -> None:
    """Run the tests on variants of their examples; of those that fail, tell the example and how."""
    report["doubted"] = []
    for told in job["corpus"]:
        examples = harvest.variants(job["literals"], told["examples"], job["places"][told["name"]])
        more = {**told, "examples": examples, "first": []}
        failures, _, _ = _run_test(peer, found[told["name"]], more, True)
        for number, failure in sorted(failures.items()):
            report["doubted"].append({**failure, "name": told["name"], "example": examples[number]})
        if peer.gone:
            break


def arguments(example: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """What a test is given in an example, made anew."""
    args = [plain.decode(tree) for tree in example["args"]]
    kwargs = {name: plain.decode(tree) for name, tree in example["kwargs"].items()}
    for name, trees in example.get("draws", {}).items():
        kwargs[name] = standin.Drawn([plain.decode(tree) for tree in trees])
    return args, kwargs


def attempt(
    peer: WavePeer, test: Test, args: list[Any], kwargs: dict[str, Any]
) -> dict[str, Any] | None:
    """Run a test once; None, or how it failed."""
    if "random" in sys.modules:
        sys.modules["random"].seed(0)  # so that a test which uses it does the same again
    try:
        test(*args, **kwargs)
    except (waves.Stopped, waves.Astray):
        return None
    except standin.Exhausted:
        peer.astray = peer.waiting is None
        return {**described(AssertionError(), peer), "refused": True}
    except BaseException as error:
        failure = described(error, peer)
        failure["refused"] = isinstance(error, standin.UnsatisfiedAssumption)
        return failure
    return None


def described(error: BaseException, peer: WavePeer) -> dict[str, Any]:
    """An exception that a test let through, and whether it came of the candidate."""
    return {
        "raised": type(error).__name__,
        "text": exchange.text_of(error),
        "line": exchange.line_of(error, FILE),
        "candidate": peer.said if error is peer.raised else None,
    }


def finish(peer: WavePeer, report: dict[str, Any]) -> None:
    """Write the result file, and end."""
    report |= {
        "calls": peer.calls,
        "gone": peer.gone,
        "unfit": peer.unfit,
        "missing": peer.missing,
        "objects": peer.objects,
    }
    wire.write(wire.RESULT_FD, json.dumps(report).encode())
    os._exit(0)


# ------------------------------------------------------------------------------- finding tests


def load_tests(peer: WavePeer, job: dict[str, Any]) -> Iterator[tuple[str, Test]]:
    """(name, what to call for each example) of the tests of a module, in their order."""
    sys.modules["solution"] = solution_module(peer, job["entry_point"])
    module = sys.modules["tests"] = types.ModuleType("tests")
    exec(compile(job["tests"], FILE, "exec", dont_inherit=True), module.__dict__)
    for name, owner, test in tests_of(module):
        yield name, runs(owner, test)


def runs(owner: type | None, test: Any) -> Test:
    """What is called for each example of a test."""
    given = getattr(test, "hypothesis", None)
    inner = test if given is None else given.inner_test
    return inner if owner is None else method_of(owner, inner)


def tests_of(module: types.ModuleType) -> Iterator[tuple[str, type | None, Any]]:
    """(name, class or None, test) of each: functions ``test...``, and such methods of ``Test...``
    classes and of ``unittest`` cases.
    """
    for name, value in list(module.__dict__.items()):
        if name.startswith("test") and (callable(value) or hasattr(value, "hypothesis")):
            yield name, None, value
        elif isinstance(value, type) and (name.startswith("Test") or hasattr(value, "assertEqual")):
            for inner in dict.fromkeys(
                one for kind in reversed(value.__mro__) for one in kind.__dict__
            ):
                if inner.startswith("test"):
                    yield f"{name}.{inner}", value, getattr(value, inner)


def method_of(owner: type, inner: Test) -> Test:
    """Calls a method of a new instance, after what a class has to be done before each test."""

    def test(*args: Any, **kwargs: Any) -> None:
        this = owner()
        for setup in ("setUp", "setup_method"):
            if callable(prepare := getattr(this, setup, None)):
                prepare()
        inner(this, *args, **kwargs)

    return test


# ------------------------------------------------------------------------------ asked again


def repeat_calls() -> None:
    """Ask calls again, and say which is the first whose result differs."""
    job = wire.job()
    peer = WavePeer(job["entry_point"])
    report: dict[str, Any] = {"differs": None}
    try:
        names = dict.fromkeys(name for wave in job["waves"] for name, _, _ in wave)
        for name in names:
            if name != job["entry_point"]:
                peer.name(name)
        numbers = {name: number for number, name in peer.names.items()}
        for wave in job["waves"]:
            calls = [_again(numbers[name], name, request) for name, request, _ in wave]
            peer.ask_all(calls)
            for call, (name, request, expected) in zip(calls, wave, strict=True):
                if waves.digest(call.reply) != expected and report["differs"] is None:
                    report["differs"] = [name, request]
            if report["differs"]:
                break
    except exchange.CandidateGone:
        pass
    finish(peer, report)


def _again(number: int, name: str, request: str) -> Call:
    return Call(name, plain.dumps({**json.loads(request), "do": number}))
