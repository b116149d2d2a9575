"""What runs inside the sandbox with a property-based spec and the real Hypothesis.

It generates the examples of each test, once, against the reference, and writes them down
(:func:`record`); or it judges a candidate by examples generated there and then, for specs whose
examples cannot be written down, or to shrink a failing one. The job is that of
:mod:`verigym.sandbox.inside.properties`, but for the corpus; and::

    {"seed": int, "examples": int or null,   null: as many as each test says
     "only": name or null,                   the one test to run
     "shrink": bool}

Every run of the same job on the same version of Hypothesis gives the same examples: the seed is given,
no database is read, and no module of a project is imported whose literals it would take up.
"""

from __future__ import annotations

import os
import re
import sys
import types
from collections.abc import Callable
from typing import Any

from verigym.sandbox.inside import exchange, plain, properties, wire
from verigym.sandbox.inside.driver import solution_module
from verigym.sandbox.inside.waves import WavePeer

RECORD = b"from verigym.sandbox.inside import recorder\nrecorder.record()\n"
STORAGE = "storage"
"""Below the scratch directory: where Hypothesis keeps its tables of characters, which take it long."""
MOST_BYTES = 6 << 20
"""Of the examples of a spec."""


def record() -> None:
    """Run each test under Hypothesis; tell its examples, or how it failed."""
    job = wire.job()
    os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = f"/scratch/{STORAGE}"
    peer = WavePeer(job["entry_point"], job["objects"], job["plain"])
    report: dict[str, Any] = {"tests": [], "broken": None}
    try:
        import hypothesis

        report["version"] = hypothesis.__version__
        for name, test, recorder in _tests(peer, job):
            if job["only"] in (None, name):
                report["tests"].append(_run(peer, name, test, recorder))
                if report["tests"][-1]["failure"] is not None or peer.gone:
                    break
    except BaseException as error:
        report["broken"] = properties.described(error, peer)
    properties.finish(peer, report)


def _run(peer: WavePeer, name: str, test: Callable[[], Any], recorder: Recorder) -> dict[str, Any]:
    failure = None
    try:
        test()
        if not recorder.counted:
            raise ValueError("no example of it counts")
    except BaseException as error:
        failure = recorder.failure or properties.described(error, peer)
        failure = {**failure, "flaky": type(error).__name__.startswith("Flaky")}
    told = {
        "name": name,
        "failure": failure,
        "examples": recorder.examples,
        "stored": recorder.unfit is None,
        "unfit": recorder.unfit,
        "counted": recorder.counted,
        "refused": recorder.refused,
        "late": recorder.late,
        "bounds": recorder.bounds,
    }
    if len(plain.dumps(told)) > MOST_BYTES:
        told |= {"examples": [], "stored": False, "unfit": "its examples are too large"}
    return told


def _tests(peer: WavePeer, job: dict[str, Any]) -> Any:
    """(name, what runs it, its recorder) of each test."""
    import hypothesis

    chosen = {} if job["examples"] is None else {"max_examples": job["examples"]}
    phases = [hypothesis.Phase.explicit, hypothesis.Phase.generate]
    always: dict[str, Any] = {
        "database": None,
        "deadline": None,
        "phases": [*phases, hypothesis.Phase.shrink] if job["shrink"] else phases,
        "suppress_health_check": list(hypothesis.HealthCheck),
        "report_multiple_bugs": False,
        "print_blob": False,
        "verbosity": hypothesis.Verbosity.quiet,
        **chosen,
    }
    sys.modules["solution"] = solution_module(peer, job["entry_point"])
    module = sys.modules["tests"] = types.ModuleType("tests")
    exec(compile(job["tests"], properties.FILE, "exec", dont_inherit=True), module.__dict__)
    for name, owner, test in properties.tests_of(module):
        recorder = Recorder(peer, owner)
        if not hasattr(test, "hypothesis"):
            run = recorder.recorded(test)
            yield name, run if owner is None else properties.method_of(owner, run), recorder
            continue
        own = getattr(test, "_hypothesis_internal_use_settings", None)
        test._hypothesis_internal_use_settings = hypothesis.settings(own, **always)
        hypothesis.seed(job["seed"])(test)
        inner = test.hypothesis.inner_test
        test.hypothesis.inner_test = recorder.recorded(inner)
        given = getattr(test.hypothesis, "_given_kwargs", {})
        recorder.bounds = {key: found for key, one in given.items() if (found := bounds(repr(one)))}
        yield name, test if owner is None else properties.method_of(owner, test), recorder


class Recorder:
    """Watches the calls of one test, and writes down the examples that count."""

    def __init__(self, peer: WavePeer, owner: type | None) -> None:
        self.peer, self._owner = peer, owner
        self.examples: list[dict[str, Any]] = []
        self.unfit: str | None = None
        """Why its examples cannot be written down."""
        self.counted = self.refused = self.late = 0
        """Examples that count; that a precondition refused; and did so after a call."""
        self.bounds: dict[str, list[int | None]] = {}
        """Of arguments, the range of all ints in them, as far as their strategies say."""
        self.failure: dict[str, Any] | None = None
        """Of the last example that failed, which is the smallest when it was shrunk."""
        self._seen: set[bytes] = set()

    def recorded(self, inner: Callable[..., Any]) -> Callable[..., Any]:
        """The test, watched."""
        from hypothesis.errors import HypothesisException, StopTest, UnsatisfiedAssumption

        def test(*args: Any, **kwargs: Any) -> Any:
            example, given = self._written(args, kwargs)
            calls = self.peer.calls
            if "random" in sys.modules:
                sys.modules["random"].seed(0)
            try:
                inner(*args, **given)
            except StopTest:  # the example grew too large, or the test is over
                raise
            except UnsatisfiedAssumption:
                self.refused += 1
                self.late += self.peer.calls > calls
                raise
            except (HypothesisException, Exception, exchange.CandidateGone) as error:
                self.failure = {**properties.described(error, self.peer), "example": example}
                self.failure["refused"] = False
                raise
            self.counted += 1
            if example is not None and (text := plain.dumps(example)) not in self._seen:
                self._seen.add(text)
                self.examples.append(example)

        return test

    def _written(
        self, args: Any, kwargs: dict[str, Any]
    ) -> tuple[dict[str, Any] | None, dict[str, Any]]:
        """An example as trees (None when it cannot be written), and what the test is to be given."""
        from hypothesis.strategies import DataObject

        given = dict(kwargs)
        draws: dict[str, list[Any]] = {}
        try:
            trees = [plain.encode(value) for value in args if not self._is_owner(value)]
            example: dict[str, Any] = {"args": trees, "kwargs": {}}
            for name, value in kwargs.items():
                if self._is_owner(value):
                    continue
                if isinstance(value, DataObject):
                    given[name] = Watched(value, draws.setdefault(name, []), self)
                else:
                    example["kwargs"][name] = plain.encode(value)
            plain.loads(plain.dumps(example))  # as it will be read
        except plain.NotPlain as error:
            self.unfit = str(error)
            return None, kwargs
        return ({**example, "draws": draws} if draws else example), given

    def _is_owner(self, value: Any) -> bool:
        return self._owner is not None and type(value) is self._owner


_INTEGERS = re.compile(r"\bintegers\(([^()]*)\)")
_BOUND = re.compile(r"(min_value|max_value)=(-?[0-9_]+)")
_CHANGED = re.compile(
    r"\.(map|filter|flatmap)\(|\b(builds|composite|deferred|recursive|shared)\b|lambda"
)


def bounds(words: str) -> list[int | None] | None:
    """The least and the greatest int that a strategy gives, by what it is written as; None for each
    end that is open, and for no list at all when that does not tell.

    >>> bounds("lists(integers(min_value=0, max_value=9)) | integers(min_value=5)")
    [0, None]
    """
    found = [dict(_BOUND.findall(one)) for one in _INTEGERS.findall(words)]
    if not found or _CHANGED.search(words):
        return None
    low = [one.get("min_value") for one in found]
    high = [one.get("max_value") for one in found]
    return [
        None if None in low else min(map(int, low)),  # type: ignore[arg-type]
        None if None in high else max(map(int, high)),  # type: ignore[arg-type]
    ]


class Watched:
    """What ``st.data()`` gives, written down."""

    def __init__(self, data: Any, values: list[Any], recorder: Recorder) -> None:
        self._data, self._values, self._recorder = data, values, recorder
        self._calls = recorder.peer.calls

    def draw(self, strategy: Any, label: Any = None) -> Any:
        value = self._data.draw(strategy, label)
        if self._recorder.peer.calls > self._calls:
            self._recorder.unfit = "it draws after it has called what it tests"
        try:
            self._values.append(plain.encode(value))
        except plain.NotPlain as error:
            self._recorder.unfit = str(error)
        return value

    def __getattr__(self, name: str) -> Any:
        return getattr(self._data, name)
