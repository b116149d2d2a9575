"""Judging a repository by its own pytest suite, in one interpreter with the candidate:
``isolation="shared"``.

What is made sure of by construction: the tests and their ``conftest.py`` are the task's own, laid over
whatever the candidate gives; no setting, plugin, ``conftest.py`` or start-up file of the candidate's is
read, and none of its files stands before one of Python or pytest; the tests collected must be the
expected ones; a test counts only with a report of its setup, call and teardown, from a run that ended
by itself; reports are written by a process that the candidate has no descriptor of
(``sandbox/inside/suite.py``).

Whether a report is *true* cannot be made sure of so, for whoever shares an interpreter with pytest can
rewrite it. So there are several rounds, and in each some tests, which ones being drawn from the task
and the answer, are turned into their opposites (``turned.py``). A test has passed when it passed as it
is, and its opposites failed. What turns failures into passes, passes into failures, or claims into
nothing is seen at that, for each test by itself, and a report that a test passed which could not is
``FORBIDDEN``.

What remains is what sharing an interpreter means: a program that reads what a test expects from the
test itself, that gives back objects which lie where no plain ``==`` asks them, or that takes each
test's code apart to find out how it was turned and forges what is expected. Where tests need only plain
data, ``code/functions`` has no such limits.

A task's ``spec``: ``files``, the repository, path -> text; ``tests``, the paths of those that are
restored; ``fail_to_pass`` and ``pass_to_pass``, ids of tests that must pass; ``others``, ids that may
be collected too and are not run (None: any); ``python_path``, ``ini``, ``packages``, ``rounds``,
``limits``.
"""

from __future__ import annotations

import json
import random
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from verigym import seeding
from verigym.errors import SandboxUnavailable, TaskError, UserError
from verigym.sandbox import Execution, Limit, Limits, Program, Sandbox, shared
from verigym.sandbox.files import check_files, room
from verigym.sandbox.inside import plain, suite
from verigym.task import Task
from verigym.verdict import Case, Status, Verdict, correct, failed
from verigym.verifiers import outcome, turned
from verigym.verifiers.answer_files import Refused, files_in
from verigym.verifiers.base import Verifier
from verigym.verifiers.outcome import Ending

PACKAGE = "pytest"
CONFTEST = "conftest.py"
ROOM_FOR_TESTS = 8 << 20
"""Bytes of the scratch directory that the repository must leave free."""

_COMPILED = (".pyc", ".pyo", ".so", ".pyd")
_FORGED = (Status.FORBIDDEN, "The reports of the test run were tampered with.")
_NOT_EXPECTED = (Status.WRONG, "The tests that were collected are not the expected ones.")


class RepositoryVerifier(Verifier):
    """Exact 0/1 judging of changes to a repository by its tests."""

    name = "code/repository"
    version = 1
    waits = True

    def __init__(self, sandbox: Sandbox | None = None) -> None:
        self._sandbox = sandbox

    def judge(self, task: Task, answer: str) -> Verdict:
        try:
            given = files_in(answer)
            if not given:
                return failed(Status.NO_ANSWER, "There is no file in the answer.")
            repository, ignored = lay_out(task.spec, given)
        except Refused as error:
            return failed(Status.MALFORMED, str(error))
        size = suite.MOST_BYTES + (1 << 20)
        limits = outcome.limits_from(task.spec, result_bytes=size, file_bytes=size)
        if room(repository) > limits.scratch_bytes - ROOM_FOR_TESTS:
            return failed(Status.MALFORMED, "The files in the answer are too large.")
        box = self._sandbox or shared()
        _require(box)
        return _Judging(task, answer, repository, ignored, limits, box).verdict()


def lay_out(spec: Mapping[str, Any], given: Mapping[str, str]) -> tuple[dict[str, bytes], list[str]]:
    """The repository as the candidate leaves it, with the task's tests restored; and the paths of the
    given files that are not looked at: tests, and whatever is called ``conftest.py``.

    Raises:
        Refused: when the given files cannot be laid over the repository.
    """
    tests = {path: spec["files"][path] for path in spec["tests"]}
    ignored = sorted(path for path in given if path in tests or _is_conftest(path))
    if compiled := sorted(path for path in given if path.endswith(_COMPILED)):
        raise Refused(f"{compiled[0]!r} is not source.")
    kept = {path: text for path, text in spec["files"].items() if not _is_conftest(path)}
    changes = {path: text for path, text in given.items() if path not in ignored}
    try:
        return check_files({**kept, **changes, **tests}), ignored
    except UserError as error:
        raise Refused(f"Its files do not fit the repository: {error}.") from None


def _is_conftest(path: str) -> bool:
    return path.rpartition("/")[2] == CONFTEST


def _require(box: Sandbox) -> None:
    """Raise :class:`SandboxUnavailable` when a sandbox cannot run a repository's tests."""
    held = box.capabilities()
    for name, what in (
        ("scratch", "scratch directories"),
        ("subprocesses", "subprocesses"),
        ("packages", "installed Python packages"),
    ):
        if not held.get(name):
            raise SandboxUnavailable(
                f"a repository's tests need {what}, which the sandbox {box.name!r} (tier {box.tier}) "
                "lacks: use the local one at tier 2; `verigym doctor` says what is missing"
            )


class _Judging:
    """One answer's rounds."""

    def __init__(
        self,
        task: Task,
        answer: str,
        repository: Mapping[str, bytes],
        ignored: Sequence[str],
        limits: Limits,
        box: Sandbox,
    ) -> None:
        self.spec, self.repository, self.limits, self.box = task.spec, repository, limits, box
        self.required: tuple[str, ...] = (*self.spec["fail_to_pass"], *self.spec["pass_to_pass"])
        self.rng = random.Random(seeding.derive("rounds", task.id, answer))
        self.cases: dict[str, Case] = {}
        self.evidence: dict[str, Any] = {"isolation": "shared", "ignored": list(ignored), "rounds": 0}

    def verdict(self) -> Verdict:
        if not self.required:
            raise TaskError("a repository task without tests that must pass")
        functions = [turned.function_of(test_id) for test_id in self.required]
        runs: list[Execution] = []
        for kinds in turned.plan(functions, self.spec["rounds"], self.rng):
            done, stop = self._round(kinds)
            runs.append(done)
            self.evidence.update(outcome.evidence_of(*runs, isolation="shared"), rounds=len(runs))
            if stop is not None:
                return failed(*stop, cases=self._cases(), evidence=self.evidence)
        words = f"All {len(self.required)} tests passed."
        return correct(words, cases=self._cases(), evidence=self.evidence)

    def _cases(self) -> tuple[Case, ...]:
        return tuple(self.cases[test_id] for test_id in self.required if test_id in self.cases)

    def _round(self, kinds: Mapping[turned.Function, str]) -> tuple[Execution, Ending | None]:
        """Run all tests once, some of them turned; how the answer failed in it, if it did."""
        files, stands = self._turned(kinds)
        secret = secrets.token_hex(16)
        job = {
            "secret": secret,
            "python_path": list(self.spec["python_path"]),
            "ini": dict(self.spec["ini"]),
            "conftest": any(map(_is_conftest, self.spec["tests"])),
            "tests": sorted({path for path, _ in kinds}),
            "run": list(self.required),
        }
        program = Program(
            suite.RUN_SUITE,
            files={f"{suite.ROOT}/{path}": content for path, content in files.items()},
            data=json.dumps(job).encode(),
            result=True,
            packages=tuple(self.spec["packages"]),
        )
        done = self.box.run(program, self.limits)
        return done, self._judge_round(done, secret, stands)

    def _turned(
        self, kinds: Mapping[turned.Function, str]
    ) -> tuple[dict[str, bytes], dict[turned.Function, str]]:
        files, stands = dict(self.repository), {}
        for path in sorted({path for path, _ in kinds}):
            wanted = {name: kind for (file, name), kind in kinds.items() if file == path}
            mark = f"_{self.rng.getrandbits(64):016x}"
            source, made = turned.turn(path, self.spec["files"][path], wanted, mark)
            files[path] = source.encode("utf-8", "surrogatepass")
            stands.update({(path, name): kind for name, kind in made.items()})
        return files, stands

    def _judge_round(
        self, done: Execution, secret: str, stands: Mapping[turned.Function, str]
    ) -> Ending | None:
        if done.limit is not None and not (done.limit is Limit.OUTPUT and done.result):
            return outcome.of_execution(done)
        if not done.result:
            return outcome.of_execution(done) or (Status.RUNTIME_ERROR, "It ended the test run.")
        try:
            report = read(done.result, secret)
        except _Forged:
            return _FORGED
        self.evidence["pytest"] = report.pytest
        if report.broken:
            path, text = report.broken[0]
            self.evidence["broken"] = f"{outcome.clip(path)}: {outcome.clip(text, 1000)}"
        return self._judge_report(report, stands)

    def _judge_report(self, report: Report, stands: Mapping[turned.Function, str]) -> Ending | None:
        if stop := _end_of(report):
            return stop
        if report.broken:
            return Status.RUNTIME_ERROR, "A test file could not be loaded with it."
        if not _as_expected(report.collected or (), self.required, self.spec["others"]):
            return _NOT_EXPECTED
        if set(report.tests) - set(self.required):
            return _FORGED
        worst: Ending | None = None
        wrong = 0
        for test_id in self.required:
            kind = stands[turned.function_of(test_id)]
            test = report.tests.get(test_id, Test())
            if kind == turned.CLOSED and test.state == "passed":
                self.cases[test_id] = Case(test_id, Status.FORBIDDEN, detail="its report was forged")
                worst = _FORGED
            elif test.state != ("passed" if kind == turned.REAL else "failed"):
                wrong += 1
                detail = test.text if kind == turned.REAL else "what it claims can be denied"
                detail = outcome.clip(detail, 1500)
                self.cases[test_id] = Case(test_id, Status.WRONG, test.seconds, detail)
            elif kind == turned.REAL:
                self.cases[test_id] = Case(test_id, Status.CORRECT, test.seconds)
        if worst is None and wrong:
            worst = (Status.WRONG, f"{wrong} of {len(self.required)} tests are known to fail.")
        return worst


# ------------------------------------------------------------------------ reading what was said


class _Forged(Exception):
    """The runner's words are not those of our reporter."""


@dataclass
class Test:
    """What is known of one test."""

    __test__ = False  # for pytest: no test of ours

    phases: list[str] = field(default_factory=list)
    outcomes: set[str] = field(default_factory=set)
    seconds: float = 0.0
    text: str = ""

    @property
    def state(self) -> str:
        """``passed``, ``failed``, or what else: ``skipped``, ``xfailed``, ``unfinished``."""
        if self.outcomes == {"passed"} and _whole(self.phases):
            return "passed"
        if "failed" in self.outcomes and self.phases[-1:] == ["teardown"]:
            return "failed"
        return "unfinished" if self.outcomes <= {"passed"} else "other"


def _whole(phases: Sequence[str]) -> bool:
    """A setup, one or more calls (of subtests, too), a teardown."""
    return [*phases[:1], *phases[-1:]] == ["setup", "teardown"] and set(phases[1:-1]) == {"call"}


@dataclass
class Report:
    """What a runner said, in order, and how it ended."""

    code: int
    pytest: str | None = None
    collected: tuple[str, ...] | None = None
    broken: list[tuple[str, str]] = field(default_factory=list)
    tests: dict[str, Test] = field(default_factory=dict)
    ended: int | None = None
    words: int = 0


def read(result: bytes, secret: str) -> Report:
    """The report in a result file.

    Raises:
        _Forged: when a line is not one that our reporter writes at its place.
    """
    first, *lines = result.split(b"\n")
    head = plain.loads(first)  # the watcher's own
    report = Report(code=head["code"])
    if len(result) > suite.MOST_BYTES or (lines and lines.pop()):
        raise _Forged
    for line in lines:
        try:
            given, what, *words = plain.loads(line)
            if given != secret or report.ended is not None:
                raise _Forged
            _take(report, what, words)
        except (plain.NotPlain, TypeError, ValueError, RecursionError):
            raise _Forged from None
        report.words += 1
    return report


def _take(report: Report, what: Any, words: list[Any]) -> None:
    if what == "began" and report.words == 0:
        (report.pytest,) = map(_text, words)
    elif report.pytest is None:
        raise _Forged
    elif what == "broken" and not report.tests:
        path, text = map(_text, words)
        report.broken.append((path, text))
    elif what == "collected" and report.collected is None:
        (ids,) = words
        if type(ids) is not list:
            raise _Forged
        report.collected = tuple(map(_text, ids))
    elif what == "report" and report.collected is not None:
        _take_test(report, words)
    elif what == "ended":
        (report.ended,) = words
    else:
        raise _Forged


def _take_test(report: Report, words: list[Any]) -> None:
    test_id, phase, result, expected, seconds, text = words
    known = phase in ("setup", "call", "teardown") and result in ("passed", "failed", "skipped")
    if not known or type(expected) is not bool or type(seconds) is not float:
        raise _Forged
    test = report.tests.setdefault(_text(test_id), Test())
    if test.phases[-1:] == ["teardown"]:  # it is over
        raise _Forged
    test.phases.append(phase)
    test.outcomes.add("xfailed" if expected else result)
    test.seconds += seconds
    test.text = _text(text) or test.text


def _text(value: Any) -> str:
    if type(value) is not str:
        raise _Forged
    return value


def _end_of(report: Report) -> Ending | None:
    """How the runner ended before its end, if it did."""
    if report.code < 0:
        return Status.RUNTIME_ERROR, f"It was ended by signal {-report.code} during the tests."
    if report.code or report.ended is None:
        return Status.RUNTIME_ERROR, "It ended the test run."
    return None


def _as_expected(found: Sequence[str], required: Sequence[str], others: Sequence[str] | None) -> bool:
    """Whether all that is required was collected, nothing twice, and nothing but what may be."""
    ids = set(found)
    return (
        len(ids) == len(found)
        and ids >= set(required)
        and (others is None or ids <= {*required, *others})
    )
