"""Judging a class by a state machine: its recorded steps are taken with the candidate's objects.

The machine, with its model of what must hold, runs in the test host
(:mod:`verigym.sandbox.inside.replay`). The candidate's objects stay in the candidate's process, and the
machine has proxies of them, which believe nothing that an object says of itself
(:mod:`verigym.sandbox.inside.proxies`). When all sequences have been taken, some are taken again, in
another order.

A task's ``spec``: ``entry_point`` and ``entry_points``, names of the classes; ``tests``, the source of
a Python module with ``RuleBasedStateMachine`` classes; ``sequences`` of recorded steps, with
``corpus_sha256``; ``objects``, names of what gives objects, as for functions; ``again``, how many
sequences are taken twice; ``shrink``, whether steps that a failure does not need are left out;
``feedback``, what the policy is told of a failing sequence (``status``: nothing, ``all``: all);
``limits`` and ``packages`` as for functions (:mod:`verigym.verifiers.calls`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from verigym.errors import TaskError
from verigym.sandbox import Program, Sandbox, shared
from verigym.sandbox.inside import plain
from verigym.sandbox.inside.replay import RUN_MACHINES
from verigym.sandbox.inside.rounds import ANSWER_ROUNDS
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

MOST_SHOWN = 3000
"""Characters of a failing program that evidence and feedback hold, its end."""
LEAST_TAKEN = 0.5
"""Of the steps; what makes more of them impossible is not right, nor what does so for all steps of a
rule: the reference did not."""

_WRONG = "It does something else than it must after some calls."
_NOT_AGAIN = "It does not do the same when it is used again."
_AMONG = "An object of it does something else than it must where there are others."
_STEERED = "What it says of itself differs from what must hold then."
_SKIPS = "What it gives back makes impossible what it is to be asked."


class StatefulVerifier(Verifier):
    """Judging of classes by state machines.

    Args:
        sandbox: where it is judged; by default the process's shared one.
    """

    name = "spec/stateful"
    version = 1
    waits = True

    def __init__(self, sandbox: Sandbox | None = None) -> None:
        self._sandbox = sandbox

    def judge(self, task: Task, answer: str) -> Verdict:
        spec = task.spec
        code = program_in(answer)
        if code is None:
            return failed(Status.NO_ANSWER, "There is no code in the answer.")
        if not spec["sequences"] or sequences_hash(spec["sequences"]) != spec["corpus_sha256"]:
            raise TaskError("the steps of this spec are not those that were recorded")
        sources = assemble(spec, code)
        verdict, gone = self._run(spec, sources, alone=False)
        if gone and _shows(spec):  # for the calls that it ended at
            verdict, _ = self._run(spec, sources, alone=True)
        return verdict

    def _run(self, spec: Mapping[str, Any], sources: list[str], alone: bool) -> tuple[Verdict, bool]:
        """(the verdict, whether the candidate's process ended by itself)."""
        packages = tuple(spec.get("packages", ()))
        entry_point = spec["entry_point"]
        subject = {"sources": sources, "entry_point": entry_point}
        job = {name: spec[name] for name in ("entry_point", "tests", "sequences", "again", "shrink")}
        job["alone"] = alone
        job["objects"] = list(spec.get("objects", ()))
        done, driven = (self._sandbox or shared()).run_pair(
            Program(ANSWER_ROUNDS, data=plain.dumps(subject), result=True, packages=packages),
            Program(RUN_MACHINES, data=plain.dumps(job), result=True, packages=packages),
            outcome.limits_from(spec),
        )
        evidence = {**outcome.evidence_of(done, driven), "calls": None}
        if (stop := load_failure((done.result or b"").partition(b"\n")[0])) is not None:
            return failed(*stop, evidence=evidence), False
        report = report_of(driven)
        if report is None:
            return unfinished(done, driven, evidence), False
        return _judged(spec, report, end_of(done), evidence), bool(report["gone"])


def sequences_hash(sequences: Sequence[Mapping[str, Any]]) -> str:
    """The SHA-256, in hexadecimal, of the sequences of a spec."""
    return hashlib.sha256(plain.dumps(sequences)).hexdigest()


def _judged(
    spec: Mapping[str, Any], report: Mapping[str, Any], ended: Ending | None, evidence: dict[str, Any]
) -> Verdict:
    evidence |= {name: report[name] for name in ("calls", "taken", "skipped")}
    if report["unfit"] is not None:
        why = f"The spec of this task passes an argument that it cannot: {report['unfit']}"
        return cannot_judge(why, evidence)
    broken, failure = report["broken"], report["failure"]
    if report["missing"] is not None and broken is not None and not report["gone"]:
        return failed(Status.NO_ANSWER, "It does not define all that was asked for.", evidence=evidence)
    if ended is not None or report["gone"]:
        stop = ended or (Status.RUNTIME_ERROR, "It ended in the middle of a call.")
        return _failed(spec, stop, failure, evidence)
    if broken is not None:
        if broken["candidate"]:
            return failed(*failure_of(broken["candidate"], ""), evidence=evidence)
        return cannot_judge(
            f"The spec of this task fails: {broken['raised']}: {broken['text']}", evidence
        )
    if failure is not None:
        return _failed(spec, _ending(failure), failure, evidence)
    if not report["calls"]:
        return cannot_judge("The spec of this task never called what it is about", evidence)
    evidence["never"] = report["never"]
    if report["never"] or report["taken"] < LEAST_TAKEN * (report["taken"] + report["skipped"]):
        return failed(Status.WRONG, _SKIPS, evidence=evidence)
    cases = (Case(f"{len(spec['sequences'])} sequences", Status.CORRECT),)
    return correct(cases=cases, evidence=evidence)


def _ending(failure: Mapping[str, Any]) -> Ending:
    if failure.get("among"):
        return Status.WRONG, _AMONG
    if failure["candidate"]:
        return failure_of(failure["candidate"], _NOT_AGAIN if failure["again"] else "")
    if failure["again"]:
        return Status.WRONG, _NOT_AGAIN
    return Status.WRONG, _STEERED if failure["raised"] == "Steered" else _WRONG


def _failed(
    spec: Mapping[str, Any],
    stop: Ending,
    failure: Mapping[str, Any] | None,
    evidence: dict[str, Any],
) -> Verdict:
    """The verdict on a sequence that failed, with what was asked until then as a program."""
    if failure is None:
        return failed(*stop, evidence=evidence)
    program = _end_of("\n".join(failure["program"]))
    line, lines = failure["line"], spec["tests"].splitlines()
    at = lines[line - 1].strip() if type(line) is int and 0 < line <= len(lines) else ""
    said = f"{failure['raised']} {outcome.clip(failure['text'])} at: {outcome.clip(at)}"
    case = Case(f"sequence {failure['sequence']}", stop[0], detail=said, input=program)
    words = f"{stop[1]}\n{program}\n{said}" if _shows(spec) else stop[1]
    return failed(stop[0], words, cases=(case,), evidence=evidence)


def _end_of(text: str) -> str:
    shown = text if len(text) <= MOST_SHOWN else f"...{text[-MOST_SHOWN:]}"
    return shown.encode("utf-8", "replace").decode()


def _shows(spec: Mapping[str, Any]) -> bool:
    feedback = spec.get("feedback", STATUS)
    if feedback not in (STATUS, ALL):
        raise TaskError(f"feedback is {feedback!r}; it must be {STATUS} or {ALL}")
    return bool(feedback == ALL)
