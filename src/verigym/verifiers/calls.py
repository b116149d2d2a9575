"""Judging a function by calls: in the candidate's process it runs, elsewhere it is compared.

Three processes, and none sees what it must not. The *subject* (contained) holds the candidate and gets
arguments; the *driver* (contained, apart) holds test code, to which the candidate is a proxy; the
caller holds expected values and compares plain data. So a frame walk finds no expected value, an
``__eq__`` never reaches a comparison, and an early exit is a run that did not finish.

A task's ``spec``:

* ``entry_point``: the function's name; ``prefix``: source that stands before the answer (the prompt's
  imports, helpers and the open function that a completion continues);
* either ``cases``: a list of ``{"args": [tree], "kwargs": tree, "expected": tree}`` with a ``compare``
  rule, or ``tests``: Python source (a ``check(candidate)``, or plain asserts that call the function by
  its name) with a ``preamble`` of helpers that it may use;
* ``limits``: what differs from :class:`verigym.sandbox.Limits`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from verigym.errors import TaskError
from verigym.sandbox import Execution, Program, Sandbox, plain, shared
from verigym.sandbox.guest import ANSWER_CALLS, ANSWER_CASES, RUN_TESTS
from verigym.task import Task
from verigym.verdict import Case, Status, Verdict, abstention, correct, failed
from verigym.verifiers import outcome
from verigym.verifiers.answer import extract
from verigym.verifiers.base import Verifier
from verigym.verifiers.compare import VALUE_MODES, Rule, same_value


class FunctionVerifier(Verifier):
    """Exact 0/1 judging of one function, by data cases or by test code."""

    name = "code/calls"
    version = 1
    waits = True

    def __init__(self, sandbox: Sandbox | None = None) -> None:
        self._sandbox = sandbox

    def judge(self, task: Task, answer: str) -> Verdict:
        spec = task.spec
        code = extract(answer)
        if code is None:
            return failed(Status.NO_ANSWER, "There is no code in the answer.")
        sources = assemble(spec, code)
        if "cases" in spec:
            return self._judge_cases(spec, sources)
        if "tests" in spec:
            return self._judge_tests(spec, sources)
        raise TaskError("a function task's spec has neither cases nor tests")

    @property
    def sandbox(self) -> Sandbox:
        """The sandbox that judges: the one given, or the process's shared one."""
        return self._sandbox or shared()

    # ---------------------------------------------------------------------------- data cases

    def _judge_cases(self, spec: Mapping[str, Any], sources: list[str]) -> Verdict:
        cases, rule = spec["cases"], Rule.build(spec.get("compare", "strict"), VALUE_MODES)
        if not cases:
            raise TaskError("a function task without cases")
        job = {
            "sources": sources,
            "entry_point": spec["entry_point"],
            "cases": [[case["args"], case["kwargs"]] for case in cases],
        }
        program = Program(ANSWER_CASES, data=plain.dumps(job), result=True)
        done = self.sandbox.run(program, outcome.limits_from(spec))
        evidence = outcome.evidence_of(done)
        replies = _lines(done)
        if (stop := _load_failure(replies)) is not None:
            return failed(*stop, evidence=evidence)
        ended = _end_of(done)
        found = [
            _judge_reply(
                index, case, replies[index + 1] if index + 1 < len(replies) else None, ended, rule
            )
            for index, case in enumerate(cases)
        ]
        passed = sum(case.status is Status.CORRECT for case in found)
        if passed == len(found) and ended is None and len(replies) == len(cases) + 1:
            return correct(cases=tuple(found), evidence=evidence)
        bad = [case.status for case in found if case.status is not Status.CORRECT]
        status = bad[0] if bad else (ended or (Status.WRONG, ""))[0]
        words = ended[1] if ended else f"{passed} of {len(found)} cases passed."
        return failed(status, words, cases=tuple(found), evidence=evidence)

    # ------------------------------------------------------------------------------ test code

    def _judge_tests(self, spec: Mapping[str, Any], sources: list[str]) -> Verdict:
        entry_point = spec["entry_point"]
        subject = plain.dumps({"sources": sources, "entry_point": entry_point})
        tests = {
            "entry_point": entry_point,
            "tests": spec["tests"],
            "preamble": spec.get("preamble", ""),
        }
        done, driven = self.sandbox.run_pair(
            Program(ANSWER_CALLS, data=subject, result=True),
            Program(RUN_TESTS, data=plain.dumps(tests), result=True),
            outcome.limits_from(spec),
        )
        evidence = {**outcome.evidence_of(done, driven), "calls": None}
        if (stop := _load_failure(_lines(done))) is not None:
            return failed(*stop, evidence=evidence)
        report = _report(driven)
        if report is None:
            return _unfinished(done, driven, evidence)
        evidence["calls"] = report["calls"]
        ended = _end_of(done)
        if ended is not None or report["gone"]:
            status, words = ended or (Status.RUNTIME_ERROR, "It ended in the middle of a call.")
            return failed(status, words, cases=(Case("tests", status),), evidence=evidence)
        if report["failure"] is not None:
            return _failed_test(report["failure"], spec["tests"], evidence)
        if not report["calls"]:
            return abstention(
                Status.VERIFIER_ERROR,
                "The tests of this task never called the function.",
                evidence=evidence,
            )
        return correct(cases=(Case("tests", Status.CORRECT),), evidence=evidence)


def assemble(spec: Mapping[str, Any], code: str) -> list[str]:
    """The sources of the candidate's program, to be run one after the other in one module.

    An answer whose first line is indented continues the function that the prefix leaves open. One
    that defines the function itself stands alone, after the prefix's imports and helpers (and after
    its open function, which the answer's then replaces).
    """
    prefix, name = str(spec.get("prefix", "")), re.escape(spec["entry_point"])
    if not prefix.strip() or code.startswith(prefix.strip()):
        return [code]
    indented = code.lstrip("\r\n")[:1] in (" ", "\t")
    if not indented and re.search(
        rf"^((async\s+)?def|class)\s+{name}\b|^{name}\s*[:=]", code, re.MULTILINE
    ):
        closed = prefix.rstrip()
        return [closed + " pass" if closed.endswith(":") else closed, code]
    return [prefix + code]


# --------------------------------------------------------------------- reading what came back


def _lines(done: Execution) -> list[Any]:
    """The lines of a subject's result file; whatever is not JSON ends the list."""
    if done.result is None:
        return []
    replies: list[Any] = []
    for line in done.result.split(b"\n")[:-1]:
        try:
            replies.append(plain.loads(line))
        except plain.NotPlain:
            break
    return replies


def _load_failure(replies: list[Any]) -> tuple[Status, str] | None:
    """How loading the solution failed, if the subject lived to say so."""
    first = replies[0] if replies else None
    failure = first.get("load") if isinstance(first, dict) else None
    if not isinstance(failure, dict):
        return None
    if failure.get("raised") == "NameError" and failure.get("line") is None:
        return Status.NO_ANSWER, "The function that was asked for is not defined."
    return outcome.of_exception(failure, "Loading your program raised")


def _end_of(done: Execution) -> tuple[Status, str] | None:
    """How the subject's process ended badly. Printing much is no fault of a function."""
    if done.limit is not None and done.limit.value == "output" and done.result is not None:
        return None if done.exit_code == 0 else (Status.RUNTIME_ERROR, "It ended early.")
    if (ended := outcome.of_execution(done)) is not None:
        return ended
    return None if done.result is not None else (Status.OUTPUT_LIMIT, "Its results are too large.")


def _judge_reply(
    index: int, case: Mapping[str, Any], reply: Any, ended: tuple[Status, str] | None, rule: Rule
) -> Case:
    name = f"case {index}"
    if not isinstance(reply, dict):
        status, words = ended or (Status.RUNTIME_ERROR, "It ended before this case.")
        return Case(name, status, detail=words)
    seconds = reply.get("seconds")
    seconds = float(seconds) if type(seconds) is float else None
    call = outcome.clip(plain.dumps(case["args"]).decode())
    if "value" in reply:
        try:
            met = same_value(reply["value"], case["expected"], rule)
        except (plain.NotPlain, RecursionError) as error:
            return Case(name, Status.WRONG, seconds, f"not plain data: {outcome.clip(error)}")
        got, expected = (
            outcome.clip(plain.dumps(tree).decode()) for tree in (reply["value"], case["expected"])
        )
        detail = f"args {call}: got {got}, expected {expected}"
        return Case(name, Status.CORRECT if met else Status.WRONG, seconds, detail)
    if "raised" in reply:
        status, _ = outcome.of_exception(reply, "")
        return Case(name, status, seconds, f"args {call}: raised {outcome.clip(reply['raised'])}")
    return Case(name, Status.WRONG, seconds, f"args {call}: {outcome.clip(reply.get('unplain'))}")


def _report(driven: Execution) -> dict[str, Any] | None:
    """What the driver says of its tests; None when it did not finish."""
    if driven.exit_code != 0 or not driven.result:
        return None
    report = plain.loads(driven.result)
    return report if isinstance(report, dict) else None


def _unfinished(done: Execution, driven: Execution, evidence: dict[str, Any]) -> Verdict:
    """The tests did not finish: because the subject held them up, or for no reason that we know."""
    ended = outcome.of_execution(done) or outcome.of_execution(driven)
    out_of = (Status.TIMEOUT, Status.MEMORY_LIMIT, Status.OUTPUT_LIMIT)
    if done.limit is not None or (ended is not None and ended[0] in out_of):
        status, words = ended or (Status.TIMEOUT, "")
        return failed(status, words, cases=(Case("tests", status),), evidence=evidence)
    evidence["driver"] = f"exit {driven.exit_code}, signal {driven.signal}"
    return abstention(
        Status.VERIFIER_ERROR, "The tests of this task did not finish.", evidence=evidence
    )


def _failed_test(failure: Mapping[str, Any], tests: str, evidence: dict[str, Any]) -> Verdict:
    line = failure.get("line")
    lines = tests.splitlines()
    shown = lines[line - 1].strip() if type(line) is int and 0 < line <= len(lines) else ""
    detail = f"{failure['raised']} {outcome.clip(failure['args'])} at: {outcome.clip(shown)}"
    case = Case("tests", Status.WRONG, detail=detail)
    return failed(Status.WRONG, "A hidden test failed.", cases=(case,), evidence=evidence)
