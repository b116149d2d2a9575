"""Whole programs judged by standard input and output."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from verigym.envs.code.floor import floor_of_texts
from verigym.envs.code.limits import timed
from verigym.envs.code.score import scored, weight_of
from verigym.envs.records import Source, arguments, read_records
from verigym.errors import FamilyError, TaskError, UserError
from verigym.family import LoadedFamily
from verigym.sandbox.languages import language as language_of
from verigym.task import Task
from verigym.verifiers.compare import TEXT_MODES, Rule, same_text
from verigym.verifiers.outcome import clip
from verigym.verifiers.scoring import EXACT, PUBLIC
from verigym.verifiers.special import check_told
from verigym.verifiers.stdio import StdioVerifier

PYTHON = "python"
TIMEOUT = 3.0
"""Seconds of processor time for each case."""


def stdio_task(
    prompt: str,
    cases: Iterable[Any],
    *,
    language: str = PYTHON,
    compare: str | Mapping[str, Any] = "tokens",
    reference: str | None = None,
    timeout: float = TIMEOUT,
    compile_timeout: float | None = None,
    limits: Mapping[str, Any] | None = None,
    checker: Mapping[str, Any] | None = None,
    interactor: Mapping[str, Any] | None = None,
    public: int = 0,
    feedback: str = PUBLIC,
    reward: str = EXACT,
    metadata: Mapping[str, Any] | None = None,
) -> Task:
    r"""A task that asks for a program.

    >>> task = stdio_task("Read a number, print its double.", cases=[("1\n", "2\n")])
    >>> import verigym
    >>> verigym.verify(task, "print(2 * int(input()))").reward
    1.0

    Args:
        prompt: what the policy sees.
        cases: ``(input, output)`` pairs of text, or mappings with these keys and perhaps a ``weight``.
        language: what the program is written in, one of :func:`verigym.sandbox.languages.names`; the
            prompt is yours, and should say so.
        compare: a rule of :mod:`verigym.verifiers.compare`.
        reference: an answer that must be accepted.
        timeout: seconds of processor time for each case.
        compile_timeout: seconds of processor time for the compiler, where there is one; None is 20.
        limits: further fields of :class:`verigym.sandbox.Limits`.
        checker: where many outputs are right: a program that rules on one, as
            :mod:`verigym.verifiers.special` has it.
        interactor: a program at the other end of the candidate's standard input and output.
        public: how many of the first cases the policy may be shown.
        feedback: which failed cases it is shown: ``public`` ones, none (``status``) or ``all``.
        reward: ``exact``, or ``partial`` (:mod:`verigym.verifiers.scoring`).
        metadata: where it comes from; may be shown.

    Raises:
        TaskError: when there is no case, one is not a pair of texts, a program that prints nothing
            would be right, or the language is not known.
    """
    special = {
        kind: check_told(told, kind)
        for kind, told in (("checker", checker), ("interactor", interactor))
        if told is not None
    }
    if len(special) == 2:
        raise TaskError("a task has a checker or an interactor, not both")
    spec: dict[str, Any] = {
        "cases": _cases(cases, blank=bool(special)),
        "compare": Rule.build(compare, TEXT_MODES).to_json(),
        "limits": timed(timeout, limits),
    }
    if not isinstance(reference, str | None):
        raise TaskError(f"reference must be text, not {type(reference).__name__}")
    if reference is not None:
        spec["reference"] = reference
    spec |= _how_to_build(language, compile_timeout) | special
    spec |= scored(spec, public, feedback, reward, None if special else floor_of_texts)
    return Task(
        family=Stdio.name, version=Stdio.version, prompt=prompt, spec=spec, metadata=metadata or {}
    )


def _how_to_build(name: str, compile_timeout: float | None) -> dict[str, Any]:
    """What a spec says of it; nothing for Python, so that tasks in Python keep their ids."""
    try:
        record = language_of(name)
    except UserError as error:
        raise TaskError(str(error)) from None
    try:
        record.compile_limits(compile_timeout)
    except UserError as error:
        raise TaskError(f"compile_timeout: {error}") from None
    if record.is_python:
        return {}
    given = {} if compile_timeout is None else {"compile_timeout": compile_timeout}
    return {"language": record.name, **given}


def _cases(cases: Any, blank: bool) -> list[dict[str, Any]]:
    if not isinstance(cases, Iterable):
        raise TaskError(f"cases must be a list, not {type(cases).__name__}")
    found = [_case(case, index) for index, case in enumerate(cases)]
    if not found:
        raise TaskError("cases is empty: there is nothing to test")
    if not blank and not any(case["output"].strip() for case in found):
        raise TaskError("every case expects blank output: a program that does nothing would be right")
    return found


def _case(case: Any, index: int) -> dict[str, Any]:
    weight: dict[str, Any] = {}
    if isinstance(case, Mapping) and {"input", "output"} <= set(case) <= {"input", "output", "weight"}:
        given, expected = case["input"], case["output"]
        weight = weight_of(case, f"case {index}")
    elif isinstance(case, list | tuple) and len(case) == 2:
        given, expected = case
    else:
        shown = clip(repr(case), 80)
        raise TaskError(f"case {index} must be an (input, output) pair, not {shown}")
    if not isinstance(given, str) or not isinstance(expected, str):
        raise TaskError(f"case {index}: input and output must be text")
    return {"input": given, "output": expected, **weight}


class Stdio(LoadedFamily):
    """Your own programs to write, from records with the arguments of :func:`stdio_task`."""

    name = "code/stdio"
    summary = "write a program; judged by what it prints for inputs that only it is given"
    verifier = StdioVerifier()
    knobs = {"data": "JSONL(.gz) path or list of records with the arguments of stdio_task"}
    needs_data = True

    def __init__(self, data: Source | None = None) -> None:
        if data is None:
            raise FamilyError("code/stdio needs data=: a JSONL path or a list of records")
        self._tasks = [stdio_record(record, where) for where, record in read_records(data)]
        if not self._tasks:
            raise FamilyError("code/stdio: the data holds no record")

    def reference(self, task: Task) -> str:
        if "reference" not in task.spec:
            raise FamilyError(f"task {task.id[:12]} has no reference answer")
        return str(task.spec["reference"])

    def null_answers(self, task: Task) -> list[str]:
        return null_programs(task)


_OPTIONS = (
    *("language", "compile_timeout", "compare", "reference", "timeout", "limits", "metadata"),
    *("checker", "interactor", "public", "feedback", "reward"),
)


def stdio_record(record: Mapping[str, Any], where: str) -> Task:
    """The task of a record with the arguments of :func:`stdio_task`.

    Raises:
        FamilyError: when the record is not as it should be; ``where`` names it.
    """
    try:
        return stdio_task(**arguments(record, where, {"prompt": str, "cases": list}, _OPTIONS))
    except TaskError as error:
        raise FamilyError(f"{where}: {error}") from None


def null_programs(task: Task) -> list[str]:
    """Answers that know nothing about the program that a task asks for."""
    record = language_of(task.spec.get("language", PYTHON))
    ruled = "checker" in task.spec or "interactor" in task.spec  # an echo may be right
    echo = [] if ruled or _asks_for_an_echo(task) else [record.echo]
    return ["", "I do not know.", task.text, *record.nothing, *echo]


def _asks_for_an_echo(task: Task) -> bool:
    rule = Rule.build(task.spec["compare"], TEXT_MODES)
    texts = [(case["input"] + "\n", case["output"]) for case in task.spec["cases"]]
    return all(
        same_text(a.encode("utf-8", "replace"), b.encode("utf-8", "replace"), rule) for a, b in texts
    )
