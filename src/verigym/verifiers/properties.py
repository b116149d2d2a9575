"""Judging by a property-based spec: its tests run in the test host, on recorded examples.

Up to four runs, each with a process of the candidate's own:

1. The spec's tests run on the stored examples (:mod:`verigym.sandbox.inside.properties`).
2. When they hold, the same calls are asked again in a new process, in another order: an answer that
   does not do the same twice, or that remembers one call in another, is wrong.
3. Literals of the candidate's source take the place of like values in the examples, so that a program
   which knows some inputs by heart meets them.
4. What it fails only there is asked of the reference, too: an example counts only if that satisfies it.

A task's ``spec``: ``entry_point`` and ``entry_points``, names; ``tests``, the source of a Python module
with ``@given`` tests; ``corpus``, their examples, with ``corpus_sha256``; ``plain``, whether results
must be plain data; ``how``, ``stored`` or ``live`` (Hypothesis runs when an answer is judged, with
``seed`` and ``examples``); ``reference``; ``literals`` and ``shrink``, whether to try these;
``feedback``, what the policy is told of a failing example (``status``: nothing, ``all``: all);
``limits`` and ``packages`` as for functions (:mod:`verigym.verifiers.calls`).
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from verigym.errors import SandboxError, TaskError
from verigym.sandbox import Execution, Program, Sandbox, shared
from verigym.sandbox.inside import harvest, plain
from verigym.sandbox.inside.batches import ANSWER_BATCHES
from verigym.sandbox.inside.properties import REPEAT_CALLS, RUN_PROPERTIES
from verigym.task import Task
from verigym.verdict import Case, Status, Verdict, correct, failed
from verigym.verifiers import outcome
from verigym.verifiers.base import Verifier
from verigym.verifiers.calls import (
    cannot_judge,
    end_of,
    failure_of,
    load_failure,
    report_of,
    unfinished,
)
from verigym.verifiers.generated import run_generated
from verigym.verifiers.outcome import Ending
from verigym.verifiers.scoring import ALL, STATUS
from verigym.verifiers.source import assemble, program_in

MOST_APART = 8
"""Examples that are asked of the reference one at a time, where it ends badly on some."""
MOST_KNOWN = 256
"""Tasks whose examples are remembered."""
_lock = threading.Lock()
_known: dict[str, bytes] = {}

STORED, LIVE = "stored", "live"
_DOES_NOT_HOLD = "A property that must hold does not."
_NOT_AGAIN = "It does not give back the same when it is asked the same again."
_NO_LONGER = "A precondition that holds for right answers does not hold for its results."


class PropertyVerifier(Verifier):
    """Judging of functions by a property-based spec.

    Args:
        sandbox: where it is judged; by default the process's shared one.
    """

    name = "spec/properties"
    version = 1
    waits = True

    def __init__(self, sandbox: Sandbox | None = None) -> None:
        self._sandbox = sandbox

    @property
    def sandbox(self) -> Sandbox:
        """The sandbox that judges: the one given, or the process's shared one."""
        return self._sandbox or shared()

    def judge(self, task: Task, answer: str) -> Verdict:
        spec = task.spec
        code = program_in(answer)
        if code is None:
            return failed(Status.NO_ANSWER, "There is no code in the answer.")
        return _Judging(self.sandbox, spec, code, _written(task)).verdict()

    def rehearsed(self, task: Task, answer: str) -> dict[str, Any] | None:
        """What the test host tells of an answer, with the first call of each example; None when it did
        not end well. For whoever makes the task.
        """
        judging = _Judging(self.sandbox, task.spec, answer, _written(task))
        stop, report = judging.on_examples([answer], judging.written, tell=True)
        return None if stop is not None or report["broken"] is not None else report


def check_corpus(spec: Mapping[str, Any]) -> None:
    """Refuse a spec without examples, or whose examples are not those that its hash is of.

    Raises:
        TaskError: for such a spec.
    """
    if spec["how"] == STORED:
        if not spec["corpus"] or not all(test["examples"] for test in spec["corpus"]):
            raise TaskError("a spec whose tests have no examples")
        if corpus_hash(spec["corpus"]) != spec["corpus_sha256"]:
            raise TaskError("the examples of this spec are not those that were recorded")


def _written(task: Task) -> bytes:
    """The part of a run's job that is the same for all answers to a task: its examples, checked, and
    what they look like. Worked out once for a task that is judged often.

    Raises:
        TaskError: as :func:`check_corpus` does.
    """
    with _lock:
        if (known := _known.get(task.id)) is not None:
            return known
    check_corpus(task.spec)
    corpus = task.spec["corpus"]
    places = {test["name"]: harvest.learnt(test["examples"], test.get("bounds")) for test in corpus}
    written = plain.dumps({"corpus": corpus, "places": places})
    with _lock:
        _known[task.id] = written
        while len(_known) > MOST_KNOWN:
            del _known[next(iter(_known))]
    return written


def corpus_hash(corpus: Sequence[Mapping[str, Any]]) -> str:
    """The SHA-256, in hexadecimal, of the examples of a spec."""
    return hashlib.sha256(plain.dumps(corpus)).hexdigest()


class _Judging:
    """The judging of one answer."""

    def __init__(self, sandbox: Sandbox, spec: Mapping[str, Any], code: str, written: bytes) -> None:
        self.sandbox, self.spec, self.code, self.written = sandbox, spec, code, written
        self.sources = assemble(spec, code)
        self.evidence: dict[str, Any] = {}
        self.cases: list[Case] = []

    def verdict(self) -> Verdict:
        if self.spec["how"] == LIVE:
            return self._live() or self._right()
        literals = self.code if self.spec.get("literals", True) else None
        stop, report = self.on_examples(self.sources, self.written, literals)
        if stop is not None:
            return stop
        examples = {test["name"]: test["examples"] for test in self.spec["corpus"]}
        return (
            self._judged(report, examples)
            or self._asked_again(report)
            or self._by_heart(report)
            or self._right()
        )

    def _right(self) -> Verdict:
        return correct(cases=tuple(self.cases), evidence=self.evidence)

    # ------------------------------------------------------------------------------- the runs

    def on_examples(
        self,
        sources: Sequence[str],
        written: bytes,
        literals: str | None = None,
        every: bool = False,
        tell: bool = False,
    ) -> tuple[Verdict | None, dict[str, Any]]:
        """(how it ended badly, the test host's report)."""
        job = plain.dumps({**self._job(), "every": every, "tell": tell, "literals": literals})
        return self._run(RUN_PROPERTIES, job[:-1] + b"," + written[1:], sources)

    def _asked_again(self, report: Mapping[str, Any]) -> Verdict | None:
        if not report["repeat"]:
            return None
        job = {"entry_point": self.spec["entry_point"], "waves": report["repeat"]}
        stop, again = self._run(REPEAT_CALLS, plain.dumps(job), self.sources)
        if stop is not None:
            return stop
        if again["missing"]:
            return failed(Status.WRONG, _NOT_AGAIN, evidence=self.evidence)
        if again["differs"] is None:
            return None
        name, request = map(outcome.clip, again["differs"])
        case = Case(name, Status.WRONG, None, "the same call came to something else", request)
        return failed(Status.WRONG, _NOT_AGAIN, cases=(*self.cases, case), evidence=self.evidence)

    def _by_heart(self, report: Mapping[str, Any]) -> Verdict | None:
        """The verdict on what fails only with literals of its own, where the reference does not."""
        doubted = report.get("doubted", ())
        right = self._right_on(doubted)
        if right is None:  # on some example the reference ends badly: one at a time, then
            some = doubted[:MOST_APART]
            right = [bool((self._right_on([one]) or [False])[0]) for one in some]
        for one, is_right in zip(doubted, right, strict=False):
            if is_right:
                return self._failed(one["name"], one, one["example"])
        return None

    def _right_on(self, doubted: Sequence[Mapping[str, Any]]) -> list[bool] | None:
        """Whether the reference satisfies the spec on each of these examples; None: it ended badly."""
        if not doubted:
            return []
        serial = {test["name"]: test["serial"] for test in self.spec["corpus"]}
        corpus = [
            {"name": one["name"], "examples": [one["example"]], "serial": serial[one["name"]]}
            for one in doubted
        ]
        written = plain.dumps({"corpus": corpus, "places": {}})
        stop, report = self.on_examples([self.spec["reference"]], written, every=True)
        if stop is not None and stop.abstained:
            raise SandboxError("what the reference does on an example could not be found out")
        if stop is not None or report["broken"] is not None:
            return None
        return [test["failure"] is None for test in report["tests"]]

    def _live(self) -> Verdict | None:
        stop, report = self._generated(None, self.spec["shrink"])
        if stop is not None:
            return stop
        if (verdict := self._judged(report, None)) is not None:
            return verdict
        for test in report["tests"]:
            if test["late"] and test["name"] not in self.spec["late"]:
                return failed(Status.WRONG, _NO_LONGER, evidence=self.evidence)
        return None

    def _generated(self, only: str | None, shrink: bool) -> tuple[Verdict | None, dict[str, Any]]:
        spec = self.spec
        job = {
            **self._job(),
            "seed": spec["seed"],
            "examples": spec["examples"],
            "only": only,
            "shrink": shrink,
        }
        packages = tuple(spec.get("packages", ()))
        return self._report(
            *run_generated(self.sandbox, self.sources, job, outcome.limits_from(spec), packages)
        )

    def _job(self) -> dict[str, Any]:
        spec = self.spec
        return {
            "entry_point": spec["entry_point"],
            "tests": spec["tests"],
            "objects": list(spec.get("objects", ())),
            "plain": spec["plain"],
        }

    def _run(
        self, source: bytes, job: bytes, sources: Sequence[str]
    ) -> tuple[Verdict | None, dict[str, Any]]:
        packages = tuple(self.spec.get("packages", ()))
        subject = {"sources": sources, "entry_point": self.spec["entry_point"]}
        done, driven = self.sandbox.run_pair(
            Program(ANSWER_BATCHES, data=plain.dumps(subject), result=True, packages=packages),
            Program(source, data=job, result=True, packages=packages),
            outcome.limits_from(self.spec),
        )
        return self._report(done, driven)

    def _report(self, done: Execution, driven: Execution) -> tuple[Verdict | None, dict[str, Any]]:
        """(how it ended badly, the test host's report)."""
        self._note(done, driven)
        if (stop := load_failure((done.result or b"").partition(b"\n")[0])) is not None:
            return failed(*stop, evidence=self.evidence), {}
        report = report_of(driven)
        if report is None:
            return unfinished(done, driven, self.evidence), {}
        if report["unfit"] is not None:
            why = f"The tests of this task pass an argument that they cannot: {report['unfit']}"
            return cannot_judge(why, self.evidence), {}
        ended = end_of(done)
        if ended is not None or report["gone"]:
            stop = ended or (Status.RUNTIME_ERROR, "It ended in the middle of a call.")
            if report["objects"] and self.spec["plain"] and ended is None:
                stop = (Status.WRONG, "It gave back what is not plain data.")
            return failed(*stop, evidence=self.evidence), {}
        return None, report

    def _note(self, done: Execution, driven: Execution) -> None:
        found = outcome.evidence_of(done, driven)
        runs = self.evidence.get("runs", 0)
        cpu = self.evidence.get("cpu_seconds", 0) + found["cpu_seconds"]
        tier = min(self.evidence.get("tier", found["tier"]), found["tier"])
        told = {"tier": tier, "cpu_seconds": round(cpu, 6), "runs": runs + 1}
        self.evidence |= {**found, **told}

    # ------------------------------------------------------------------- reading the report

    def _judged(
        self, report: Mapping[str, Any], examples: Mapping[str, Sequence[Any]] | None
    ) -> Verdict | None:
        """The verdict on what did not hold; None when all did."""
        self.evidence["calls"] = report["calls"]
        if report["missing"] is not None and report["broken"] is not None:
            words = "It does not define all that was asked for."
            return failed(Status.NO_ANSWER, words, evidence=self.evidence)
        if (broken := report["broken"]) is not None:
            if broken["candidate"]:
                return failed(*failure_of(broken["candidate"], ""), evidence=self.evidence)
            why = f"The spec of this task fails: {broken['raised']}: {broken['text']}"
            return cannot_judge(why, self.evidence)
        for test in report["tests"]:
            failure = test["failure"]
            if failure is None:
                self.cases.append(Case(test["name"], Status.CORRECT))
                continue
            example = failure["example"]
            if examples is not None:
                example = examples[test["name"]][example]
                if self.spec["shrink"]:
                    failure, example = self._shrunk(test["name"], failure, example)
            return self._failed(test["name"], failure, example)
        if not report["calls"]:
            return cannot_judge("The spec of this task never called the function", self.evidence)
        return None

    def _shrunk(
        self, name: str, failure: Mapping[str, Any], example: Any
    ) -> tuple[Mapping[str, Any], Any]:
        """A smaller example that fails, if Hypothesis finds one."""
        stop, report = self._generated(name, True)
        found = [test["failure"] for test in report.get("tests", ()) if test["failure"]]
        if stop is None and found and found[0]["example"] is not None:
            return {**found[0], "flaky": False}, found[0]["example"]
        return failure, example

    def _failed(self, name: str, failure: Mapping[str, Any], example: Any) -> Verdict:
        own = failure["candidate"]
        stop: Ending = (Status.WRONG, _DOES_NOT_HOLD)
        if failure.get("flaky"):
            stop = (Status.WRONG, _NOT_AGAIN)
        elif own:
            stop = failure_of(own, "")
        elif failure["refused"]:
            stop = (Status.WRONG, _NO_LONGER)
        line, lines = failure["line"], self.spec["tests"].splitlines()
        at = lines[line - 1].strip() if type(line) is int and 0 < line <= len(lines) else ""
        said = f"{failure['raised']} {outcome.clip(failure['text'])} at: {outcome.clip(at)}"
        shown = "" if example is None else outcome.clip(plain.dumps(_of_example(example)).decode())
        self.cases.append(Case(name, stop[0], detail=said, input=shown))
        words = f"{stop[1]}\n{name}: {shown}: {said}" if self._shows() else stop[1]
        return failed(stop[0], words, cases=tuple(self.cases), evidence=self.evidence)

    def _shows(self) -> bool:
        feedback = self.spec.get("feedback", STATUS)
        if feedback not in (STATUS, ALL):
            raise TaskError(f"feedback is {feedback!r}; it must be {STATUS} or {ALL}")
        return bool(feedback == ALL)


def _of_example(example: Mapping[str, Any]) -> dict[str, Any]:
    """An example as people are shown it."""
    shown = {**example["kwargs"], **example.get("draws", {})}
    return {"args": example["args"], **shown} if example["args"] else shown
