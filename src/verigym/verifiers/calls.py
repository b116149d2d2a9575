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
  its name) with a ``preamble`` of helpers that it may use, and perhaps ``objects``: names of what gives
  the tests objects, see :mod:`verigym.sandbox.inside.proxies`;
* ``limits``: what differs from :class:`verigym.sandbox.Limits`; ``packages``: installed Python packages
  that both sides may import.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from verigym.errors import TaskError
from verigym.sandbox import Execution, Limit, Program, Sandbox, shared
from verigym.sandbox.inside import plain
from verigym.sandbox.inside.guest import ANSWER_CALLS, ANSWER_CASES, RUN_TESTS
from verigym.task import Task
from verigym.verdict import Case, Status, Verdict, abstention, correct, failed
from verigym.verifiers import outcome, scoring
from verigym.verifiers.base import Verifier
from verigym.verifiers.compare import VALUE_MODES, Rule, same_value
from verigym.verifiers.order import FailureHistory
from verigym.verifiers.outcome import Ending
from verigym.verifiers.source import assemble, program_in

_SLACK, _GROWTH = 1024, 64
"""The JSON of a right result is not longer than 1024 bytes and 64 times that of the expected value (an
int may be written in the place of a short float); what is longer is not even parsed."""

_FIRST = 8
"""With a history: so many cases are tried first, in a run of their own."""

_NOT_PLAIN = "It gave back what is not plain data."


@dataclass(frozen=True)
class _Run:
    """What came of calling the function on some cases."""

    cases: list[Case]
    """Their evidence, still without names."""
    stop: Ending | None
    """How it failed first, if it did."""
    refused: Ending | None
    """Why no case was even tried."""
    evidence: dict[str, Any]


class FunctionVerifier(Verifier):
    """Judging of one function, by data cases or by test code.

    Args:
        sandbox: where it is judged; by default the process's shared one.
        history: try the cases first that failed most before (:mod:`verigym.verifiers.order`). A few
            then have a run of their own, before that of the others.
    """

    name = "code/calls"
    version = 1
    waits = True

    def __init__(self, sandbox: Sandbox | None = None, history: FailureHistory | None = None) -> None:
        self._sandbox = sandbox
        self._history = history

    def judge(self, task: Task, answer: str) -> Verdict:
        spec = task.spec
        code = program_in(answer)
        if code is None:
            return failed(Status.NO_ANSWER, "There is no code in the answer.")
        sources = assemble(spec, code)
        if "cases" in spec:
            return self._judge_cases(task, sources)
        if "tests" in spec:
            return self._judge_tests(spec, sources)
        raise TaskError("a function task's spec has neither cases nor tests")

    @property
    def sandbox(self) -> Sandbox:
        """The sandbox that judges: the one given, or the process's shared one."""
        return self._sandbox or shared()

    # ---------------------------------------------------------------------------- data cases

    def _judge_cases(self, task: Task, sources: list[str]) -> Verdict:
        spec, total = task.spec, len(task.spec["cases"])
        if not total:
            raise TaskError("a function task without cases")
        public = scoring.public_count(spec)
        found: dict[int, Case] = {}
        for batch in self._batches(task):
            run = self._run_cases([spec["cases"][index] for index in batch], spec, sources)
            if run.refused is not None:
                return failed(*run.refused, evidence=run.evidence)
            for index, case in zip(batch, run.cases, strict=True):
                found[index] = replace(case, name=f"case {index}", public=index < public)
            if run.stop is not None:
                break
        cases = [found[index] for index in sorted(found)]
        wrong = [index for index, case in found.items() if case.status is not Status.CORRECT]
        if self._history is not None and wrong:
            self._history.note(task.id, wrong)
        so_far = "" if len(found) == total else " before"
        words = (
            f"{run.stop[1]} {len(found) - len(wrong)} of {total} cases passed{so_far}."
            if run.stop
            else ""
        )
        if run.stop is not None and not wrong:  # every result was there, and then it did not end well
            return failed(run.stop[0], words, cases=tuple(cases), evidence=run.evidence)
        return scoring.verdict_of(spec, cases, words.strip(), run.evidence)

    def _batches(self, task: Task) -> list[list[int]]:
        """The positions of the cases, by the runs that they share."""
        total = len(task.spec["cases"])
        if self._history is None or total <= 2 * _FIRST or scoring.is_partial(task.spec):
            return [list(range(total))]
        order = self._history.order(task.id, total)
        return [order[:_FIRST], sorted(order[_FIRST:])]

    def _run_cases(
        self, cases: Sequence[Mapping[str, Any]], spec: Mapping[str, Any], sources: list[str]
    ) -> _Run:
        rule = Rule.build(spec.get("compare", "strict"), VALUE_MODES)
        program = calling(sources, spec["entry_point"], cases, spec.get("packages", ()))
        expected = [plain.dumps(case["expected"]) for case in cases]
        room = 2 * sum(len(text) + _SLACK for text in expected)  # a right answer's results must fit
        limits = outcome.limits_from(spec, result_bytes=room, file_bytes=room)
        done = self.sandbox.run(program, limits)
        evidence = outcome.evidence_of(done)
        # One line says that the solution loaded, then there is one for each case; no more is looked at.
        loaded, *replies = (done.result or b"").split(b"\n", len(cases) + 2)
        if (refused := load_failure(loaded)) is not None:
            return _Run([], None, refused, evidence)
        ended = end_of(done)
        finished = ended is None and len(replies) == len(cases) + 1 and not replies[-1]
        lines: list[bytes | None] = [*replies[:-1], *[None] * len(cases)]  # the last is no whole line
        stops: list[Ending] = []
        found: list[Case] = []
        for case, text, line in zip(cases, expected, lines, strict=False):
            stop, judged = _judge_reply(case, text, line, ended, rule)
            found.append(judged)
            stops += [stop] if stop else []
        if not finished and not stops:
            stops = [ended or (Status.RUNTIME_ERROR, "It went on after the end.")]
        return _Run(found, stops[0] if stops else None, None, evidence)

    # ------------------------------------------------------------------------------ test code

    def _judge_tests(self, spec: Mapping[str, Any], sources: list[str]) -> Verdict:
        entry_point, tests = spec["entry_point"], spec["tests"]
        subject = {"sources": sources, "entry_point": entry_point}
        driver = {
            "entry_point": entry_point,
            "tests": tests,
            "preamble": spec.get("preamble", ""),
            "objects": list(spec.get("objects", ())),
        }
        done, driven = self.sandbox.run_pair(
            _program(ANSWER_CALLS, subject, spec.get("packages", ())),
            _program(RUN_TESTS, driver, spec.get("packages", ())),
            outcome.limits_from(spec),
        )
        evidence = {**outcome.evidence_of(done, driven), "calls": None}
        if (stop := load_failure((done.result or b"").partition(b"\n")[0])) is not None:
            return failed(*stop, evidence=evidence)
        report = report_of(driven)
        if report is None:
            return unfinished(done, driven, evidence)
        evidence["calls"] = report["calls"]
        failure, ended = report["failure"], end_of(done)
        if report["unfit"] is not None:
            return cannot_judge(
                f"The tests of this task pass an argument that they cannot: {report['unfit']}", evidence
            )
        if report["missing"] is not None and failure is not None and not report["gone"]:
            stop = (Status.NO_ANSWER, "It does not define all that the tests import from it.")
            return _failed_tests(stop, failure, tests, evidence)
        its_own = report["gone"] or (failure is not None and failure["candidate"])
        if not report["calls"] and not its_own:  # else what they import of it failed them before
            why = f": {failure['raised']} {outcome.clip(failure['text'])}" if failure else ""
            return cannot_judge(f"The tests of this task never called the function{why}", evidence)
        if ended is not None or report["gone"]:
            stop = ended or (Status.RUNTIME_ERROR, "It ended in the middle of a call.")
        elif failure is not None:
            own = failure["candidate"]
            stop = (
                failure_of(own, "A hidden test failed.")
                if own
                else (Status.WRONG, "A hidden test failed.")
            )
        else:
            return correct(cases=(Case("tests", Status.CORRECT),), evidence=evidence)
        return _failed_tests(stop, failure, tests, evidence)


# --------------------------------------------------------------------- reading what came back


def calling(
    sources: Sequence[str],
    entry_point: str,
    calls: Sequence[Mapping[str, Any]],
    packages: Sequence[str] = (),
) -> Program:
    """A program that loads a solution and calls its function, once for each ``{"args", "kwargs"}``; it
    leaves a line of JSON that says how loading went, and one for each call.
    """
    cases = [[call["args"], call["kwargs"]] for call in calls]
    job = {"sources": sources, "entry_point": entry_point, "cases": cases}
    return _program(ANSWER_CASES, job, packages)


def _program(source: bytes, job: Mapping[str, Any], packages: Sequence[str]) -> Program:
    return Program(source, data=plain.dumps(job), result=True, packages=tuple(packages))


def load_failure(line: bytes) -> Ending | None:
    """How loading the solution failed, if the subject lived to say so."""
    try:
        said = plain.loads(line)
    except plain.NotPlain:
        return None
    failure = said.get("load") if isinstance(said, dict) else None
    if failure == "missing":
        return Status.NO_ANSWER, "The function that was asked for is not defined."
    if not isinstance(failure, dict):
        return None
    status, words = outcome.of_exception(
        failure.get("raised"), failure.get("line"), "Loading your program raised"
    )
    return (status if said.get("compiled") is True else Status.COMPILE_ERROR), words


def end_of(done: Execution) -> Ending | None:
    """How the subject's process ended badly. Printing much is no fault of a function."""
    if done.limit is Limit.OUTPUT and done.result is not None:
        return None if done.exit_code == 0 else (Status.RUNTIME_ERROR, "It ended early.")
    if (ended := outcome.of_execution(done)) is not None:
        return ended
    return None if done.result is not None else (Status.OUTPUT_LIMIT, "Its results are too large.")


def _judge_reply(
    case: Mapping[str, Any], expected: bytes, line: bytes | None, ended: Ending | None, rule: Rule
) -> tuple[Ending | None, Case]:
    """(how the case failed or None, its evidence)."""

    def found(stop: Ending | None, detail: str = "", got: str = "") -> tuple[Ending | None, Case]:
        call = plain.dumps(case["args"]).decode()
        if plain.decode(case["kwargs"]):
            call += f" {plain.dumps(case['kwargs']).decode()}"
        status = stop[0] if stop else Status.CORRECT
        texts = {"detail": detail, "input": call, "got": got, "expected": expected.decode()}
        shown = {name: outcome.clip(text) for name, text in texts.items()}
        return stop, Case("", status, seconds, **shown)  # type: ignore[arg-type]

    seconds = None
    if line is None:
        return found(ended or (Status.RUNTIME_ERROR, "It ended early."), "there is no result")
    if len(line) > _SLACK + _GROWTH * len(expected):
        return found((Status.WRONG, ""), f"a result of {len(line)} bytes")
    try:
        reply = plain.loads(line)
        if not isinstance(reply, dict):
            raise plain.NotPlain("no result")
        seconds = reply["seconds"] if type(reply.get("seconds")) is float else None
        if "value" not in reply:
            stop = failure_of(reply, "")
            return found(stop, f"{stop[1]} {reply.get('unplain', '')}".strip())
        met = same_value(reply["value"], case["expected"], rule)
        got = plain.dumps(reply["value"]).decode()
    except (plain.NotPlain, RecursionError) as error:
        return found((Status.WRONG, _NOT_PLAIN), str(error))
    return found(None if met else (Status.WRONG, ""), got=got)


def failure_of(reply: Mapping[str, Any], words: str) -> Ending:
    """How a call failed that gave back no value; ``words`` come first."""
    if "raised" not in reply:
        return Status.WRONG, f"{words} {_NOT_PLAIN}".strip()
    return outcome.of_exception(reply["raised"], reply.get("line"), f"{words} It raised".strip())


def report_of(driven: Execution) -> dict[str, Any] | None:
    """What the driver says of its tests; None when it did not finish."""
    if driven.exit_code != 0 or not driven.result:
        return None
    try:
        report = plain.loads(driven.result)
    except plain.NotPlain:
        return None
    return report if isinstance(report, dict) else None


def unfinished(done: Execution, driven: Execution, evidence: dict[str, Any]) -> Verdict:
    """The tests did not finish: because the subject held them up, or for no reason that we know."""
    ended, out_of = end_of(done), outcome.of_execution(driven)
    if (
        (ended is None or done.limit is None)
        and out_of
        and out_of[0] in (Status.TIMEOUT, Status.MEMORY_LIMIT, Status.OUTPUT_LIMIT)
    ):
        ended = out_of  # by what the subject made it wait for, or gave it to hold; so the subject ended
    if ended is not None:
        return failed(*ended, cases=(Case("tests", ended[0]),), evidence=evidence)
    how = f"exit {driven.exit_code}, signal {driven.signal}"
    return cannot_judge(f"The tests of this task did not finish: {how}", evidence)


def cannot_judge(why: str, evidence: dict[str, Any]) -> Verdict:
    """The task itself is at fault: no answer to it can be judged."""
    return abstention(
        Status.VERIFIER_ERROR,
        "This answer could not be judged; that is no fault of the answer.",
        evidence={**evidence, "error": why},
    )


def _failed_tests(
    stop: Ending, failure: Mapping[str, Any] | None, tests: str, evidence: dict[str, Any]
) -> Verdict:
    detail = ""
    if failure is not None:
        line, lines = failure["line"], tests.splitlines()
        shown = lines[line - 1].strip() if type(line) is int and 0 < line <= len(lines) else ""
        detail = f"{failure['raised']} {outcome.clip(failure['text'])} at: {outcome.clip(shown)}"
    return failed(*stop, cases=(Case("tests", stop[0], detail=detail),), evidence=evidence)
