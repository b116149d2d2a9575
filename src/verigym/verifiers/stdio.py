"""Judging a whole program by what it prints: each case is a run of its own, judged elsewhere.

A task's ``spec``: ``cases``, a list of ``{"input": text, "output": text}``, perhaps with a ``weight``;
``compare``, a rule of :mod:`verigym.verifiers.compare`, or a ``checker`` or an ``interactor`` of
:mod:`verigym.verifiers.special`; what :mod:`verigym.verifiers.scoring` reads; ``limits``, for each
case; ``language``, where it is not Python, and ``compile_timeout``, in seconds of processor time. The
program gets a case's input and nothing else, and its compiler gets no input at all, so there is nothing
to find. An exact reward needs every case, so its judging stops at the first that fails.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from verigym.errors import TaskError, UserError
from verigym.sandbox import Execution, Limit, Limits, Sandbox, shared
from verigym.sandbox.languages import compiled, language
from verigym.sandbox.languages.compiled import Build
from verigym.task import Task
from verigym.verdict import Case, Status, Verdict, failed
from verigym.verifiers import outcome, scoring, special
from verigym.verifiers.base import Verifier
from verigym.verifiers.compare import TEXT_MODES, Rule, same_text
from verigym.verifiers.order import FailureHistory
from verigym.verifiers.outcome import Ending
from verigym.verifiers.source import outdent, program_in
from verigym.verifiers.special import Ruling

_SYNTAX = ("SyntaxError", "IndentationError", "TabError")
_COMPILER_WORDS = 800
"""Characters of the compiler's words that are told to the policy."""
_CHECKED_BYTES = 1 << 20
"""What a program may print for a checker, at least."""
_MOST_TIMEOUTS = 3
"""Where every case is judged, so many may run out of time before the rest counts as having done so."""


RuleOn = Callable[[Mapping[str, str], Build], tuple[Ruling, Execution]]
"""From a case and a program to the ruling on it, and the program's run."""


class StdioVerifier(Verifier):
    """Judging of a program by standard input and output.

    Args:
        sandbox: where it is judged; by default the process's shared one.
        history: try the cases first that failed most before (:mod:`verigym.verifiers.order`).
    """

    name = "code/stdio"
    version = 1
    waits = True

    def __init__(self, sandbox: Sandbox | None = None, history: FailureHistory | None = None) -> None:
        self._sandbox = sandbox
        self._history = history

    def judge(self, task: Task, answer: str) -> Verdict:
        spec = task.spec
        if not spec.get("cases"):
            raise TaskError("a stdio task without cases")
        code = program_in(answer)
        if code is None:
            return failed(Status.NO_ANSWER, "There is no code in the answer.")
        box = self._sandbox or shared()
        rule_on = self._ruling(box, spec)
        room = 2 * max(len(_bytes(case["output"])) for case in spec["cases"]) + 4096
        if "checker" in spec:  # what is right may be longer than what the jury wrote
            room = max(room, _CHECKED_BYTES)
        limits = outcome.limits_from(spec, output_bytes=room, file_bytes=room)
        build = _build(box, task, outdent(code), limits)
        if not build.ok:
            return _does_not_compile(build)
        return self._judge_cases(task, build, rule_on)

    def _ruling(self, box: Sandbox, spec: Mapping[str, Any]) -> RuleOn:
        """How the cases of a task are ruled on; a subclass may compare outputs in its own way."""
        return _ruling(box, spec)

    def _judge_cases(self, task: Task, build: Build, rule_on: RuleOn) -> Verdict:
        spec = task.spec
        cases, public, partial = spec["cases"], scoring.public_count(spec), scoring.is_partial(spec)
        order = list(range(len(cases)))
        if self._history is not None and not partial:
            order = self._history.order(task.id, len(cases))
        judged: dict[int, Case] = {}
        evidence: dict[str, Any] = {}
        first, slow = "", 0
        for index in order:
            ruling, done = rule_on(cases[index], build)
            status, words, _ = ruling
            evidence = outcome.evidence_of(done)
            judged[index] = _evidence(index, cases[index], ruling, done, public)
            if status is Status.CORRECT:
                continue
            if self._history is not None:
                self._history.note(task.id, [index])
            first = first or f"{words} {len(judged) - 1} of {len(cases)} cases passed before."
            slow += status is Status.TIMEOUT
            if not partial or slow == _MOST_TIMEOUTS:
                break
        if partial:
            judged |= {n: _not_run(spec, n, public) for n in order if n not in judged}
        return scoring.verdict_of(spec, [judged[n] for n in sorted(judged)], first, evidence)


def _ruling(box: Sandbox, spec: Mapping[str, Any]) -> RuleOn:
    """How the cases of a task are ruled on."""
    if "interactor" in spec:
        interactor = special.jury(box, spec["interactor"], "interactor")
        return lambda case, build: interactor.converse(box, case, build)
    if "checker" in spec:
        checker = special.jury(box, spec["checker"], "checker")
        return lambda case, build: printed(
            box, case, build, lambda output: checker.check(box, case, output)
        )
    rule = Rule.build(spec.get("compare", "tokens"), TEXT_MODES)

    def compared(case: Mapping[str, str], output: bytes) -> Ruling:
        if same_text(output, _bytes(case["output"]), rule):
            return Status.CORRECT, "", ""
        return Status.WRONG, "It printed something else than expected.", ""

    return lambda case, build: printed(box, case, build, lambda output: compared(case, output))


def printed(
    box: Sandbox, case: Mapping[str, str], build: Build, rule_on_output: Callable[[bytes], Ruling]
) -> tuple[Ruling, Execution]:
    """The ruling on what a program printed for a case, if it ended well; and its run."""
    done = build.run(box, case["input"])
    stop = _stop(done, build.language.is_python)
    return ((*stop, "") if stop else rule_on_output(done.stdout)), done


def _evidence(
    index: int, case: Mapping[str, str], ruling: Ruling, done: Execution, public: int
) -> Case:
    status, words, said = ruling
    return Case(
        f"case {index}",
        status,
        done.wall_seconds,
        detail=said or words,
        input=outcome.clip(repr(case["input"])),
        got=outcome.clip(repr(done.stdout.decode("utf-8", "replace"))),
        expected=outcome.clip(repr(case["output"])),
        public=index < public,
    )


def _not_run(spec: Mapping[str, Any], index: int, public: int) -> Case:
    case = spec["cases"][index]
    return Case(
        f"case {index}",
        Status.TIMEOUT,
        detail=f"not run: {_MOST_TIMEOUTS} cases before it ran out of time",
        input=outcome.clip(repr(case["input"])),
        expected=outcome.clip(repr(case["output"])),
        public=index < public,
    )


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


def _stop(done: Execution, is_python: bool) -> Ending | None:
    """How a program's run ended badly; None when its output is to be looked at."""
    noisy = done.limit is Limit.OUTPUT and not done.stdout_cut  # only on the error stream
    if is_python and done.exit_code == 1 and (done.limit is None or noisy):
        return _raised(done.stderr)
    if noisy:
        return (Status.RUNTIME_ERROR, "It failed.") if done.exit_code != 0 else None
    return outcome.of_execution(done)


def _raised(stderr: bytes) -> Ending:
    """What a program that ended with code 1 says it died of, in the last line of its traceback."""
    last = stderr.rstrip().rpartition(b"\n")[2].partition(b":")[0].decode("utf-8", "replace")
    name = last.rpartition(".")[2]
    if not name.isidentifier():
        return Status.RUNTIME_ERROR, "It ended with exit code 1."
    status, words = outcome.of_exception(name, None, "It raised")
    return (Status.COMPILE_ERROR if name in _SYNTAX else status), words


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
