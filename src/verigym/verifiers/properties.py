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
from collections.abc import Mapping, Sequence
from typing import Any

from verigym.errors import TaskError
from verigym.sandbox import Execution, Program, Sandbox, shared
from verigym.sandbox.inside import plain
from verigym.sandbox.inside.batches import ANSWER_BATCHES
from verigym.sandbox.inside.properties import REPEAT_CALLS, RUN_PROPERTIES
from verigym.sandbox.inside.recorder import RECORD
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
from verigym.verifiers.outcome import Ending
from verigym.verifiers.scoring import ALL, STATUS
from verigym.verifiers.source import assemble, program_in

STORED, LIVE = "stored", "live"
HYPOTHESIS = "hypothesis"
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
        check_corpus(spec)
        return _Judging(self.sandbox, spec, assemble(spec, code)).verdict()


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


def corpus_hash(corpus: Sequence[Mapping[str, Any]]) -> str:
    """The SHA-256, in hexadecimal, of the examples of a spec."""
    return hashlib.sha256(plain.dumps(corpus)).hexdigest()


class _Judging:
    """The judging of one answer."""

    def __init__(self, sandbox: Sandbox, spec: Mapping[str, Any], sources: Sequence[str]) -> None:
        self.sandbox, self.spec, self.sources = sandbox, spec, list(sources)
        self.evidence: dict[str, Any] = {}
        self.cases: list[Case] = []

    def verdict(self) -> Verdict:
        if self.spec["how"] == LIVE:
            return self._live() or self._right()
        stop, report = self._on_examples(self.spec["corpus"])
        return stop or self._asked_again(report) or self._right()

    def _right(self) -> Verdict:
        return correct(cases=tuple(self.cases), evidence=self.evidence)

    # ------------------------------------------------------------------------------- the runs

    def _on_examples(self, corpus: Sequence[Any]) -> tuple[Verdict | None, dict[str, Any]]:
        job = {**self._job(), "corpus": corpus, "reverse": False}
        stop, report = self._run(RUN_PROPERTIES, job)
        if stop is not None:
            return stop, {}
        examples = {test["name"]: test["examples"] for test in corpus}
        return self._judged(report, examples), report

    def _asked_again(self, report: Mapping[str, Any]) -> Verdict | None:
        if not report["repeat"]:
            return None
        job = {"entry_point": self.spec["entry_point"], "waves": report["repeat"]}
        stop, again = self._run(REPEAT_CALLS, job)
        if stop is not None:
            return stop
        if again["gone"] or again["missing"]:
            return failed(Status.RUNTIME_ERROR, _NOT_AGAIN, evidence=self.evidence)
        if again["differs"] is None:
            return None
        name, request = again["differs"]
        case = Case(
            outcome.clip(name), Status.WRONG, detail="not the same", input=outcome.clip(request)
        )
        return failed(Status.WRONG, _NOT_AGAIN, cases=(*self.cases, case), evidence=self.evidence)

    def _live(self) -> Verdict | None:
        spec = self.spec
        job = {**self._job(), "seed": spec["seed"], "examples": spec["examples"]}
        stop, report = self._run(RECORD, {**job, "only": None, "shrink": spec["shrink"]}, (HYPOTHESIS,))
        return stop or self._judged(report, None)

    def _job(self) -> dict[str, Any]:
        spec = self.spec
        return {
            "entry_point": spec["entry_point"],
            "tests": spec["tests"],
            "objects": list(spec.get("objects", ())),
            "plain": spec["plain"],
        }

    def _run(
        self, source: bytes, job: Mapping[str, Any], more: tuple[str, ...] = ()
    ) -> tuple[Verdict | None, dict[str, Any]]:
        """(how it ended badly, the driver's report)."""
        spec = self.spec
        packages = tuple(spec.get("packages", ()))
        subject = {"sources": self.sources, "entry_point": spec["entry_point"]}
        done, driven = self.sandbox.run_pair(
            Program(ANSWER_BATCHES, data=plain.dumps(subject), result=True, packages=packages),
            Program(source, data=plain.dumps(job), result=True, packages=(*packages, *more)),
            outcome.limits_from(spec),
        )
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
            if report["gone"] and report["objects"] and spec["plain"] and ended is None:
                stop = (Status.WRONG, "It gave back what is not plain data.")
            return failed(*stop, evidence=self.evidence), {}
        return None, report

    def _note(self, done: Execution, driven: Execution) -> None:
        found = outcome.evidence_of(done, driven)
        runs = self.evidence.get("runs", 0)
        cpu = self.evidence.get("cpu_seconds", 0) + found["cpu_seconds"]
        self.evidence |= {**found, "cpu_seconds": round(cpu, 6), "runs": runs + 1}

    # ------------------------------------------------------------------- reading the report

    def _judged(
        self, report: Mapping[str, Any], examples: Mapping[str, Sequence[Any]] | None
    ) -> Verdict | None:
        """The verdict on what did not hold; None when all did."""
        self.evidence["calls"] = report["calls"]
        if report["missing"] is not None and report["broken"] is not None:
            words = "It does not define all that was asked for."
            return failed(Status.NO_ANSWER, words, evidence=self.evidence)
        if report["broken"] is not None:
            broken = report["broken"]
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
            if examples is not None and example is not None:
                example = examples[test["name"]][example]
            return self._failed(test["name"], failure, example)
        if not report["calls"]:
            return cannot_judge("The spec of this task never called the function", self.evidence)
        return None

    def _failed(self, name: str, failure: Mapping[str, Any], example: Any) -> Verdict:
        own = failure["candidate"]
        stop: Ending = (Status.WRONG, _DOES_NOT_HOLD)
        if own:
            stop = failure_of(own, "")
        elif failure.get("flaky"):
            stop = (Status.WRONG, _NOT_AGAIN)
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
