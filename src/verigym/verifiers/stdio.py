"""Judging a whole program by what it prints: each case is a run of its own, compared in the caller.

A task's ``spec``: ``cases``, a list of ``{"input": text, "output": text}``; ``compare``, a rule of
:mod:`verigym.verifiers.compare`; ``limits``, for each case; ``language``, where it is not Python, and
``compile_timeout``, in seconds of processor time. The program gets a case's input and nothing else, and
its compiler gets no input at all, so there is nothing to find; judging stops at the first case that
fails.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from verigym.errors import TaskError, UserError
from verigym.sandbox import Execution, Limit, Limits, Sandbox, shared
from verigym.sandbox.languages import compiled, language
from verigym.sandbox.languages.compiled import Build
from verigym.task import Task
from verigym.verdict import Case, Status, Verdict, correct, failed
from verigym.verifiers import outcome
from verigym.verifiers.base import Verifier
from verigym.verifiers.compare import TEXT_MODES, Rule, same_text
from verigym.verifiers.source import outdent, program_in

_SYNTAX = ("SyntaxError", "IndentationError", "TabError")
_COMPILER_WORDS = 800
"""Characters of the compiler's words that are told to the policy."""


class StdioVerifier(Verifier):
    """Exact 0/1 judging of a program by standard input and output."""

    name = "code/stdio"
    version = 1
    waits = True

    def __init__(self, sandbox: Sandbox | None = None) -> None:
        self._sandbox = sandbox

    def judge(self, task: Task, answer: str) -> Verdict:
        cases = task.spec.get("cases")
        if not cases:
            raise TaskError("a stdio task without cases")
        rule = Rule.build(task.spec.get("compare", "tokens"), TEXT_MODES)
        code = program_in(answer)
        if code is None:
            return failed(Status.NO_ANSWER, "There is no code in the answer.")
        box = self._sandbox or shared()
        room = 2 * max(len(_bytes(case["output"])) for case in cases) + 4096
        limits = outcome.limits_from(task.spec, output_bytes=room, file_bytes=room)
        build = _build(box, task, outdent(code), limits)
        if not build.ok:
            return _does_not_compile(build)
        judged: list[Case] = []
        evidence: dict[str, Any] = {}
        for index, case in enumerate(cases):
            done = build.run(box, case["input"])
            evidence = outcome.evidence_of(done)
            status, words = _judge_case(done, case["output"], rule, build.language.is_python)
            detail = words if status is Status.CORRECT else _detail(case, done)
            judged.append(Case(f"case {index}", status, done.wall_seconds, detail))
            if status is not Status.CORRECT:
                passed = f" {index} of {len(cases)} cases passed before."
                return failed(status, words + passed, cases=tuple(judged), evidence=evidence)
        return correct(cases=tuple(judged), evidence=evidence)


def _build(box: Sandbox, task: Task, code: str, limits: Limits) -> Build:
    try:
        record = language(task.spec.get("language", "python"))
        record.compile_limits(seconds := task.spec.get("compile_timeout"))
    except UserError as error:
        raise TaskError(str(error)) from None
    return compiled.build(box, record, code, limits, seconds)


def _does_not_compile(build: Build) -> Verdict:
    """The compiler saw the candidate's source and nothing else, so its words may be told."""
    evidence: dict[str, Any] = {"compiler": build.message}
    if build.execution is not None:
        evidence = {**outcome.evidence_of(build.execution), **evidence}
    words = outcome.clip(build.message, _COMPILER_WORDS) or "the compiler did not say why."
    return failed(Status.COMPILE_ERROR, f"It does not compile: {words}", evidence=evidence)


def _judge_case(done: Execution, output: str, rule: Rule, is_python: bool) -> tuple[Status, str]:
    noisy = done.limit is Limit.OUTPUT and not done.stdout_cut  # only on the error stream
    if is_python and done.exit_code == 1 and (done.limit is None or noisy):
        return _raised(done.stderr)
    if noisy and done.exit_code != 0:
        return Status.RUNTIME_ERROR, "It failed."
    if not noisy and (ended := outcome.of_execution(done)) is not None:
        return ended
    if not same_text(done.stdout, _bytes(output), rule):
        return Status.WRONG, "It printed something else than expected."
    return Status.CORRECT, ""


def _raised(stderr: bytes) -> tuple[Status, str]:
    """What a program that ended with code 1 says it died of, in the last line of its traceback."""
    last = stderr.rstrip().rpartition(b"\n")[2].partition(b":")[0].decode("utf-8", "replace")
    name = last.rpartition(".")[2]
    if not name.isidentifier():
        return Status.RUNTIME_ERROR, "It ended with exit code 1."
    status, words = outcome.of_exception(name, None, "It raised")
    return (Status.COMPILE_ERROR if name in _SYNTAX else status), words


def _detail(case: Mapping[str, str], done: Execution) -> str:
    got = done.stdout.decode("utf-8", "replace")
    shown = (outcome.clip(repr(text), 200) for text in (case["input"], got, case["output"]))
    return "input {}: got {}, expected {}".format(*shown)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
