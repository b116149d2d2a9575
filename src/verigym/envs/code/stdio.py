"""Whole programs judged by standard input and output."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from verigym.envs.code.limits import timed
from verigym.envs.records import Source, field, read_records
from verigym.errors import FamilyError, TaskError, UserError
from verigym.family import LoadedFamily
from verigym.task import Task
from verigym.verifiers.compare import TEXT_MODES, Rule
from verigym.verifiers.stdio import StdioVerifier

TIMEOUT = 3.0
"""Seconds of processor time for each case."""


def stdio_task(
    prompt: str,
    cases: Iterable[Any],
    *,
    compare: str | Mapping[str, Any] = "tokens",
    reference: str | None = None,
    timeout: float = TIMEOUT,
    limits: Mapping[str, Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> Task:
    r"""A task that asks for a program.

    >>> task = stdio_task("Read a number, print its double.", cases=[("1\n", "2\n")])
    >>> import verigym
    >>> verigym.verify(task, "print(2 * int(input()))").reward
    1.0

    Args:
        prompt: what the policy sees.
        cases: ``(input, output)`` pairs of text, or mappings with these keys.
        compare: a rule of :mod:`verigym.verifiers.compare`.
        reference: an answer that must be accepted.
        timeout: seconds of processor time for each case.
        limits: further fields of :class:`verigym.sandbox.Limits`.
        metadata: where it comes from; may be shown.

    Raises:
        TaskError: when there is no case, or one is not a pair of texts.
    """
    spec: dict[str, Any] = {
        "cases": [_case(case, index) for index, case in enumerate(cases)],
        "compare": Rule.build(compare, TEXT_MODES).to_json(),
        "limits": timed(timeout, limits),
    }
    if not spec["cases"]:
        raise TaskError("cases is empty: there is nothing to test")
    if reference is not None:
        spec["reference"] = reference
    return Task(
        family=Stdio.name, version=Stdio.version, prompt=prompt, spec=spec, metadata=metadata or {}
    )


def _case(case: Any, index: int) -> dict[str, str]:
    if isinstance(case, Mapping) and set(case) == {"input", "output"}:
        given, expected = case["input"], case["output"]
    elif isinstance(case, list | tuple) and len(case) == 2:
        given, expected = case
    else:
        raise TaskError(f"case {index} must be an (input, output) pair, not {case!r}")
    if not isinstance(given, str) or not isinstance(expected, str):
        raise TaskError(f"case {index}: input and output must be text")
    return {"input": given, "output": expected}


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
        self._tasks = [_task(record, where) for where, record in read_records(data)]
        if not self._tasks:
            raise FamilyError("code/stdio: the data holds no record")

    def reference(self, task: Task) -> str:
        if "reference" not in task.spec:
            raise FamilyError(f"task {task.id[:12]} has no reference answer")
        return str(task.spec["reference"])

    def null_answers(self, task: Task) -> list[str]:
        return [
            "",
            "I do not know.",
            task.text,
            "pass",
            "print()",
            "import sys; print(sys.stdin.read())",
        ]


_OPTIONS = {"compare", "reference", "timeout", "limits", "metadata"}


def _task(record: Mapping[str, Any], where: str) -> Task:
    unknown = sorted(set(record) - _OPTIONS - {"prompt", "cases"})
    if unknown:
        raise FamilyError(f"{where}: unknown field {unknown[0]!r}")
    try:
        return stdio_task(
            field(record, "prompt", str, where),
            field(record, "cases", list, where),
            **{name: record[name] for name in _OPTIONS & set(record)},
        )
    except UserError as error:
        raise FamilyError(str(error) if where in str(error) else f"{where}: {error}") from None
